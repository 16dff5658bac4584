import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExitCode } from './exit-code.js';
import { runInProcess } from './testing/run-in-process.js';
import { temporaryDirectory } from './testing/temporary-directory.js';

const empty = temporaryDirectory();

async function run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { code, text, stderr } = await runInProcess(args, { cwd: empty });
  return { code, stdout: text, stderr };
}

const COMMANDS = [
  ['up'],
  ['down'],
  ['status'],
  ['put'],
  ['get'],
  ['sync'],
  ['cat'],
  ['ls'],
  ['stat'],
  ['mkdir'],
  ['mv'],
  ['rm'],
  ['layout', 'get'],
  ['layout', 'set'],
  ['cp'],
  ['ln'],
  ['touch'],
  ['truncate'],
  ['chmod'],
  ['chown'],
  ['df'],
  ['du'],
  ['tree'],
  ['find'],
  ['xattr', 'get'],
  ['xattr', 'set'],
  ['xattr', 'ls'],
  ['xattr', 'rm'],
  ['extents'],
  ['cluster', 'status'],
  ['tour'],
  ['bench'],
];

describe('the command line', () => {
  for (const command of COMMANDS) {
    it(`helps with ${command.join(' ')}, with examples`, async () => {
      const { code, stdout, stderr } = await run(...command, '--help');
      assert.equal(code, ExitCode.OK);
      assert.equal(stderr, '');
      assert.match(stdout, new RegExp(`Usage: tessera ${command.join(' ')}`));
      assert.match(stdout, new RegExp(`Examples:\n {2}.*tessera ${command.join(' ')}`));
      assert.match(stdout, /--json/);
    });

    it(`refuses an unknown flag of ${command.join(' ')}`, async () => {
      const { code, stdout, stderr } = await run(...command, '--no-such-flag', 'a', 'b');
      assert.equal(code, ExitCode.USAGE);
      assert.equal(stdout, '');
      assert.match(stderr, /^tessera: INVALID_ARGUMENT: unknown option '--no-such-flag'/);
    });
  }

  it('shows the exit codes in its help', async () => {
    const { code, stdout } = await run('--help');
    assert.equal(code, ExitCode.OK);
    for (const exitCode of Object.values(ExitCode)) assert.match(stdout, new RegExp(`^ {2}${exitCode} +\\w`, 'm'));
  });

  for (const [args, message] of [
    [['lss'], /unknown command 'lss'\n\(Did you mean ls\?\)/],
    [['put', 'only-one'], /at least two paths/],
    [['put'], /missing required argument 'paths'/],
    [['get', '/a'], /missing required argument 'local'/],
    [['ls', '/a', '/b'], /too many arguments/],
    [['up', '--chunkservers', '0'], /'--chunkservers <count>' argument '0' is invalid.*1 to 64/],
    [['up', '--chunkservers', 'many'], /'many' is no whole number/],
    [['put', '--jobs', '1000', 'a', '/b'], /from 1 to 256/],
    [['bench', '--files', '0'], /from 1 to 1000000/],
    [['bench', '--size', '65MiB'], /more than the 64MiB/],
    [['bench', '--size', 'big'], /'big' is no size/],
    [['bench', '--durability', 'maybe'], /synced/],
    [['bench', '/a'], /too many arguments/],
    [['truncate', '/a'], /needs a length: pass --size/],
    [['truncate', '-s', '1KB', '/a'], /'1KB' is no size/],
    [['truncate', '--size', '%0', '/a'], /no multiples of 0/],
    [['cat', '--range', '9-3', '/a'], /'9-3' is no range/],
    [['cat', '--range', '1-3', '--offset', '2', '/a'], /pass one/],
    [['sync', 'a', 'b'], /neither a nor b is in the cluster: .* begins with a colon/],
    [['sync', ':/a', ':/a/b'], /one inside the other/],
    [['sync', ':/a/', ':/a'], /one inside the other/],
    [['sync', 'a', ':/b', '--max-delete', '3'], /--delete/],
    [['sync', 'a', ':/b', '--allow-empty'], /--delete/],
    [['sync', 'a', ':/b', '--delete', '--max-delete', '-1'], /no whole number/],
    [['sync', ':/a'], /missing required argument 'to'/],
    [['get', '-j', '0', '/b', 'a'], /from 1 to 256/],
    [['put', '--include', '/', 'a', '/b'], /'\/' is no pattern/],
    [['get', '--exclude', '', '/b', 'a'], /'' is no pattern/],
    [
      ['put', '--preserve', 'mode,xattrs', 'a', '/b'],
      /'xattrs' cannot be preserved; use mode, times, links, hard-links, owner or all/,
    ],
    [['cat', '--offset', '-1', '/a'], /'-1' is no size/],
    [['ls', '--codec', 'fast'], /Allowed choices are simd, library, auto/],
    [['ls', '--metaserver', 'nonsense'], /'nonsense' is no address/],
    [['ls', '--metaserver', 'host:99999'], /is no address/],
    [['layout', 'set', '/a'], /changes nothing/],
    [['layout', 'set', '/a', '--segment-bytes', '1MB'], /write for example 65536, 64KiB or 1MiB/],
    [['layout', 'set', '/a', '--mixing', 'all'], /use one of file, directory, tenant/],
    [['layout', 'set', '/a', '--durability', 'soon'], /use one of synced, written/],
    [['layout', 'set', '/a', '--failure-domain', 'room'], /use one of disk, host, rack, site, region/],
    [['layout', 'set', '/a', '--shards-per-domain', '0'], /whole number from 1/],
    [['layout', 'set', '/a', '--label', 'rack3'], /not key=value/],
    [['layout', 'set', '/a', '--inherit', 'colour'], /no field 'colour'; it has redundancy, segment-bytes/],
    [['ln', '--replace', '/a', '/b'], /--replace goes with -s/],
    [['find', '--size', '+x', '/a'], /'x' is no size/],
    [['find', '--type', 'x', '/a'], /Allowed choices are f, d, l/],
    [['tree', '--depth', '0'], /from 1 to/],
    [['chmod', '9', '/a'], /'9' is no mode/],
    [['chown', 'root', '/a'], /'root' is no owner/],
    [['touch', '-t', 'noon', '/a'], /'noon' is no time/],
    [['xattr', 'set', '/a', 'b'], /missing required argument 'value'/],
    [['xattr', 'set', '--create', '--replace', '/a', 'b', 'c'], /exclude each other/],
  ] as const) {
    it(`refuses tessera ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await run(...args);
      assert.equal(code, ExitCode.USAGE);
      assert.equal(stdout, '');
      assert.match(stderr, /^tessera: INVALID_ARGUMENT: /);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n\s+at /);
    });
  }

  for (const command of [['ls'], ['status'], ['down'], ['cluster', 'status'], ['stat', '/a']]) {
    it(`says that there is no cluster for ${command.join(' ')}`, async () => {
      const { code, stdout, stderr } = await run(...command);
      assert.equal(code, ExitCode.NOT_FOUND);
      assert.equal(stdout, '');
      assert.match(stderr, /^tessera: NOT_FOUND: .*(cluster)/);
    });
  }

  it('takes global options before and after the command', async () => {
    for (const args of [
      ['--metaserver', 'nonsense', 'ls'],
      ['ls', '--metaserver', 'nonsense'],
    ]) {
      assert.match((await run(...args)).stderr, /'nonsense' is no address/);
    }
  });

  it('knows only the codecs there are, from the environment too', async () => {
    const environment = { TESSERA_METASERVER: '127.0.0.1:1', TESSERA_CODEC: 'fast' };
    const { code, stderr } = await runInProcess(['ls'], { cwd: empty, environment });
    assert.equal(code, ExitCode.USAGE);
    assert.match(stderr, /codec 'fast' is unknown/);
  });
});
