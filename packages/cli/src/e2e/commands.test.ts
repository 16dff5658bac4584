// Every command against a local cluster of real processes.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { type LocalCluster, startLocalCluster } from '@tessera/client/local-cluster';
import { ExitCode } from '../exit-code.js';
import { commandIn, jsonDocument, jsonLines } from '../testing/expectations.js';
import { runInProcess } from '../testing/run-in-process.js';
import { type RunOptions, runTessera, spawnTessera } from '../testing/run-tessera.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

const root = temporaryDirectory(async () => cluster?.stop());
const directory = path.join(root, 'cluster');
const local = path.join(root, 'local');
let cluster: LocalCluster | undefined;

const small = randomBytes(500);
const image = randomBytes(524_288);
const large = randomBytes(9_000_001);

before(async () => {
  mkdirSync(path.join(local, 'study/series'), { recursive: true });
  writeFileSync(path.join(local, 'small.dcm'), small);
  writeFileSync(path.join(local, 'study/image.dcm'), image);
  writeFileSync(path.join(local, 'study/series/large.dcm'), large);
  writeFileSync(path.join(local, 'study/series/empty.dcm'), '');
  cluster = await startLocalCluster({ directory, chunkservers: 6 });
});

const { tessera, succeeds, fails } = commandIn({ cwd: local, environment: { TESSERA_DIR: directory } });

describe('files', () => {
  it('go in and come back', async () => {
    await succeeds('mkdir', '-p', '/files/sub');
    assert.match((await succeeds('put', 'small.dcm', '/files/small.dcm')).text, /^stored 1 file, 500 B in /);
    assert.deepEqual((await succeeds('cat', '/files/small.dcm')).stdout, small);
    await succeeds('put', 'study/image.dcm', 'study/series/large.dcm', '/files');
    assert.deepEqual(
      (await succeeds('cat', '/files/image.dcm', '/files/large.dcm')).stdout,
      Buffer.concat([image, large]),
    );
    await succeeds('get', '/files/large.dcm', 'back.dcm');
    assert.deepEqual(readFileSync(path.join(local, 'back.dcm')), large);
  });

  it('come in ranges', async () => {
    const { stdout } = await succeeds('cat', '--offset', '1MiB', '--length', '70000', '/files/large.dcm');
    assert.deepEqual(stdout, large.subarray(1_048_576, 1_118_576));
    const past = await succeeds('cat', '--offset', '9000000', '--length', '10', '/files/large.dcm');
    assert.deepEqual(past.stdout, large.subarray(9_000_000));
    assert.equal((await succeeds('cat', '--offset', '1GiB', '/files/large.dcm')).stdout.length, 0);
    const range = await succeeds('cat', '--range', '10-19', '/files/large.dcm', '/files/small.dcm');
    assert.deepEqual(range.stdout, Buffer.concat([large.subarray(10, 20), small.subarray(10, 20)]));
    assert.deepEqual((await succeeds('cat', '--range', '490-', '/files/small.dcm')).stdout, small.subarray(490));
    const tail = await succeeds('cat', '--range=-600', '/files/large.dcm', '/files/small.dcm');
    assert.deepEqual(tail.stdout, Buffer.concat([large.subarray(-600), small]));
  });

  it('that cannot be read do not keep cat from the others', async () => {
    const finished = await fails(ExitCode.FAILURE, /NOT_FOUND: .*nothing/, 'cat', '/files/nothing', '/files/small.dcm');
    assert.deepEqual(finished.stdout, small);
  });

  it('are cut and lengthened', async () => {
    await succeeds('put', 'small.dcm', '/files/cut');
    await succeeds('truncate', '-s', '-100', '/files/cut');
    assert.deepEqual((await succeeds('cat', '/files/cut')).stdout, small.subarray(0, 400));
    const [line] = jsonLines((await succeeds('truncate', '--json', '--size', '%1K', '/files/cut')).text);
    assert.deepEqual(line, { path: '/files/cut', bytes: 1024 });
    assert.deepEqual((await succeeds('cat', '--range', '400-', '/files/cut')).stdout, Buffer.alloc(624));
    await succeeds('truncate', '-s', '5M', '/files/made');
    assert.match((await succeeds('stat', '/files/made')).text, /5242880 bytes/);
    await succeeds('truncate', '-c', '-s', '5', '/files/not-made');
    assert.equal((await tessera('stat', '/files/not-made')).code, ExitCode.NOT_FOUND);
    await fails(ExitCode.REFUSED, /IS_A_DIRECTORY/, 'truncate', '-s', '0', '/files');
    await fails(ExitCode.USAGE, /INVALID_ARGUMENT|OUT_OF_RANGE/, 'truncate', '-s', '+8P', '/files/made');
  });

  it('come from standard input', async () => {
    const options: RunOptions = { environment: { TESSERA_DIR: directory }, input: image };
    const { code, stderr } = await runInProcess(['put', '-', '/files/stdin.dcm'], options);
    assert.equal(code, ExitCode.OK, stderr);
    assert.deepEqual((await succeeds('cat', '/files/stdin.dcm')).stdout, image);
  });

  it('do not take each other’s place unless told', async () => {
    await fails(ExitCode.REFUSED, /EXISTS.*\n.*--replace/, 'put', 'small.dcm', '/files/image.dcm');
    assert.deepEqual((await succeeds('cat', '/files/image.dcm')).stdout, image);
    await succeeds('put', '--replace', 'small.dcm', '/files/image.dcm');
    assert.deepEqual((await succeeds('cat', '/files/image.dcm')).stdout, small);
    writeFileSync(path.join(local, 'taken.dcm'), 'mine');
    await fails(
      ExitCode.REFUSED,
      /EXISTS: .*taken.dcm exists already\n.*--replace/,
      'get',
      '/files/image.dcm',
      'taken.dcm',
    );
    await succeeds('get', '--replace', '/files/image.dcm', 'taken.dcm');
    assert.deepEqual(readFileSync(path.join(local, 'taken.dcm')), small);
  });

  it('are told apart from directories', async () => {
    await fails(ExitCode.REFUSED, /IS_A_DIRECTORY.*\n.*-r/, 'put', 'study', '/files/study');
    await fails(ExitCode.REFUSED, /IS_A_DIRECTORY.*\n.*-r/, 'get', '/files', '.');
    await fails(ExitCode.REFUSED, /IS_A_DIRECTORY/, 'cat', '/files');
    await fails(ExitCode.REFUSED, /NOT_A_DIRECTORY/, 'put', 'small.dcm', 'study/image.dcm', '/files/small.dcm');
    await fails(ExitCode.REFUSED, /NOT_A_DIRECTORY/, 'stat', '/files/small.dcm/below');
  });

  it('need what they name to be there', async () => {
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND: .*nothing.dcm does not exist/, 'put', 'nothing.dcm', '/files/x');
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'cat', '/files/nothing');
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'get', '/nothing', '.');
    await fails(ExitCode.NOT_FOUND, /no directory \/missing\/.*mkdir -p/, 'put', 'small.dcm', '/missing/');
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'put', 'small.dcm', '/missing/x');
    await succeeds('put', '-p', 'small.dcm', '/made/on/demand/x');
    await succeeds('put', '-p', 'small.dcm', '/made/too/');
    assert.deepEqual((await succeeds('cat', '/made/too/small.dcm')).stdout, small);
  });

  for (const [what, name] of [
    ['..', '/files/../x'],
    ['an empty name', '/files//x'],
    ['a long name', `/files/${'n'.repeat(256)}`],
    ['a long path', `/${'d/'.repeat(2500)}x`],
  ] as const) {
    it(`refuse a path with ${what}`, async () => {
      await fails(ExitCode.USAGE, /INVALID_PATH/, 'put', 'small.dcm', name);
    });
  }
});

describe('trees', () => {
  it('go in and come back whole', async () => {
    const put = await succeeds('put', '-r', 'study', '/trees');
    assert.match(put.text, /^stored 3 files, 9\.08 MiB in /);
    await succeeds('get', '-r', '/trees', 'copy');
    assert.deepEqual(readFileSync(path.join(local, 'copy/image.dcm')), image);
    assert.deepEqual(readFileSync(path.join(local, 'copy/series/large.dcm')), large);
    assert.equal(readFileSync(path.join(local, 'copy/series/empty.dcm')).length, 0);
    assert.deepEqual(readdirSync(path.join(local, 'copy/series')).sort(), ['empty.dcm', 'large.dcm']);
  });

  it('go under their own name into a directory with a closing slash', async () => {
    await succeeds('put', '-r', 'study', '/trees/');
    assert.deepEqual((await succeeds('cat', '/trees/study/image.dcm')).stdout, image);
    mkdirSync(path.join(local, 'there'));
    await succeeds('get', '-r', '/trees/study', 'there/');
    assert.deepEqual(readFileSync(path.join(local, 'there/study/image.dcm')), image);
  });

  it('keep going when a file fails, and say so', async () => {
    mkdirSync(path.join(local, 'mixed/sub'), { recursive: true });
    writeFileSync(path.join(local, 'mixed/good.dcm'), small);
    symlinkSync('/no/such/target', path.join(local, 'mixed/broken.dcm'));
    const finished = await fails(ExitCode.FAILURE, /broken\.dcm/, 'put', '-r', 'mixed', '/mixed');
    assert.match(finished.text, /^stored 1 file/);
    assert.deepEqual((await succeeds('cat', '/mixed/good.dcm')).stdout, small);
    const json = await tessera('put', '-r', '--json', 'mixed', '/mixed2');
    const failed = jsonLines(json.text).filter((line) => 'error' in line);
    assert.deepEqual(
      failed.map(({ error }) => (error as { code: string }).code),
      ['NOT_FOUND'],
    );
  });
});

describe('the namespace', () => {
  it('lists', async () => {
    await succeeds('mkdir', '/list', '/list/b');
    await succeeds('put', 'small.dcm', '/list/a');
    assert.equal((await succeeds('ls', '/list')).text, 'a\nb/\n');
    const long = await succeeds('ls', '-l', '/list');
    assert.match(
      long.text,
      /^mode\s+links\s+size\s+modified\s+name\n-rw-r--r--\s+1\s+500 B\s+\d{4}-.*Z\s+a\ndrwxr-xr-x\s+\d+\s+0 entries\s+.*b\/\n$/,
    );
    assert.equal((await succeeds('ls', '/list/a')).text, 'a\n');
    assert.match((await succeeds('ls')).text, /^list\/$/m);
    const [first, second] = jsonLines((await succeeds('ls', '--json', '/list')).text);
    assert.equal(first?.name, 'a');
    assert.equal(first?.bytes, 500);
    assert.match(String(first?.inode), /^[0-9a-f]{16}$/);
    assert.match(String(first?.modifiedNs), /^\d{19}$/);
    assert.equal(second?.kind, 'directory');
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'ls', '/nowhere');
  });

  it('tells what is known', async () => {
    assert.match((await succeeds('stat', '/list/a')).text, /kind\s+file\nsize\s+500 B \(500 bytes\)/);
    const stat = jsonDocument((await succeeds('stat', '--json', '/list')).text);
    assert.equal(stat.entries, 2);
    const mixed = await fails(ExitCode.FAILURE, /NOT_FOUND/, 'stat', '/list/a', '/list/zzz');
    assert.match(mixed.text, /size\s+500 B/);
  });

  it('makes directories', async () => {
    await fails(ExitCode.REFUSED, /EXISTS/, 'mkdir', '/list');
    await succeeds('mkdir', '-p', '/list', '/deep/er/still');
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'mkdir', '/no/parent');
    const made = jsonDocument((await succeeds('mkdir', '--json', '/json')).text);
    assert.equal(made.created, true);
  });

  it('renames', async () => {
    await succeeds('mkdir', '/mv', '/mv/dir');
    await succeeds('put', 'small.dcm', '/mv/a');
    await succeeds('mv', '/mv/a', '/mv/b');
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'stat', '/mv/a');
    await succeeds('mv', '/mv/b', '/mv/dir');
    assert.deepEqual((await succeeds('cat', '/mv/dir/b')).stdout, small);
    await succeeds('put', 'study/image.dcm', '/mv/c');
    await fails(ExitCode.REFUSED, /EXISTS/, 'mv', '/mv/c', '/mv/dir/b');
    const moved = jsonDocument((await succeeds('mv', '--json', '--replace', '/mv/c', '/mv/dir/b')).text);
    assert.equal(moved.to, '/mv/dir/b');
    assert.deepEqual((await succeeds('cat', '/mv/dir/b')).stdout, image);
    const inside = await tessera('mv', '/mv', '/mv/dir');
    assert.notEqual(inside.code, ExitCode.OK);
    assert.equal((await succeeds('ls', '/mv')).text, 'dir/\n');
  });

  it('removes', async () => {
    await succeeds('mkdir', '-p', '/rm/full');
    await succeeds('put', 'small.dcm', '/rm/full/x');
    await fails(ExitCode.REFUSED, /NOT_EMPTY.*\n.*-r/, 'rm', '/rm/full');
    await succeeds('rm', '/rm/full/x');
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'rm', '/rm/full/x');
    await succeeds('rm', '-f', '/rm/full/x');
    await succeeds('rm', '/rm/full');
    await succeeds('put', '-r', 'study', '/rm/study');
    const removed = jsonDocument((await succeeds('rm', '-r', '--json', '/rm')).text);
    assert.deepEqual(removed, { path: '/rm', removed: true });
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'stat', '/rm');
  });
});

describe('where things lie', () => {
  it('extents name server and address of every shard', async () => {
    await succeeds('mkdir', '/extents');
    await succeeds('put', 'study/series/large.dcm', 'small.dcm', '/extents');
    const { text } = await succeeds('extents', '/extents/large.dcm');
    assert.match(text, /^holds\s+size\s+pg\s+stripe\s+code\s+slot\s+shard\s+server\s+address\s+state\s+labels\n/);
    assert.match(
      text,
      /^bytes 0\.\.1048575\s+1\.00 MiB\s+\d+\s+[0-9a-f]{16}\s+\d\+2\s+\d+\s+live\s+\d+\s+127\.0\.0\.1:\d+\s+up\s+host=host-\d$/m,
    );
    assert.match(text, /^parity\s/m);
    const lines = jsonLines((await succeeds('extents', '--json', '/extents/large.dcm')).text);
    assert.equal(
      lines.reduce((sum, line) => sum + Number(line.bytes), 0),
      large.length,
    );
    assert.match((await succeeds('extents', '/extents/small.dcm')).text, /lives in the metadata \(500 B\)/);
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'extents', '/extents/none');
  });

  it('cluster status counts what is there', async () => {
    const { text } = await succeeds('cluster', 'status');
    assert.match(text, /^chunkservers\s+6 of 6 up$/m);
    assert.match(text, /host=host-6/);
    const status = jsonDocument((await succeeds('cluster', 'status', '--json')).text);
    assert.equal((status.servers as unknown[]).length, 6);
    assert.ok(Number(status.files) > 5);
    assert.match(String(status.clusterId), /^[0-9a-f]{32}$/);
  });

  it('status shows every process', async () => {
    const { text } = await succeeds('status');
    assert.match(text, /: running\n/);
    const status = jsonDocument((await succeeds('status', '--json')).text);
    const processes = status.processes as Record<string, unknown>[];
    assert.equal(processes.length, 7);
    assert.deepEqual(
      processes.map(({ role }) => role),
      ['metaserver', ...Array.from({ length: 6 }, () => 'chunkserver')],
    );
    for (const { pid, address, state } of processes) {
      assert.equal(state, 'running');
      assert.equal(typeof pid, 'number');
      assert.match(String(address), /^127\.0\.0\.1:\d+$/);
    }
  });
});

describe('the cluster to talk to', () => {
  it('is named by flag or environment', async () => {
    const metaserver = cluster?.metaserver ?? '';
    for (const [args, environment] of [
      [['ls', '/', '--metaserver', metaserver], {}],
      [['--metaserver', metaserver, 'ls', '/'], {}],
      [['ls', '/'], { TESSERA_METASERVER: metaserver }],
      [['ls', '/', '--dir', directory], { TESSERA_METASERVER: '127.0.0.1:1' }],
    ] as const) {
      const finished = await runInProcess(args, { cwd: root, environment });
      assert.equal(finished.code, ExitCode.OK, finished.stderr);
      assert.match(finished.text, /^files\/$/m);
    }
  });

  it('is said to be unavailable when nothing answers', async () => {
    const { code, stderr } = await runInProcess(['ls', '/', '--metaserver', '127.0.0.1:1']);
    assert.equal(code, ExitCode.UNAVAILABLE, stderr);
    assert.match(stderr, /^tessera: UNAVAILABLE: .*127\.0\.0\.1:1/);
    assert.match(stderr, /tessera status/);
  });

  for (const codec of ['simd', 'library']) {
    it(`works with the ${codec} codec`, async () => {
      const remote = `/codec-${codec}`;
      await succeeds('put', '--codec', codec, 'study/series/large.dcm', remote);
      assert.deepEqual((await succeeds('cat', '--codec', codec, remote)).stdout, large);
    });
  }
});

describe('the executable', () => {
  const environment = { TESSERA_DIR: directory };
  const RUNS: [args: string[], output: RegExp][] = [
    [['mkdir', '-p', '/exe/study'], /^$/],
    [['put', '-r', 'study', '/exe/'], /^stored 3 files/],
    [['ls', '/exe/study'], /^image\.dcm\nseries\/\n$/],
    [['stat', '/exe/study/image.dcm'], /512 KiB/],
    [['get', '/exe/study/image.dcm', 'exe.dcm'], /^copied 1 file/],
    [['mv', '/exe/study/image.dcm', '/exe/moved'], /^$/],
    [['extents', '/exe/moved'], /bytes 0\.\.524287/],
    [['layout', 'set', '/exe', '--redundancy', 'copies-2'], /^redundancy\s+copies-2$/m],
    [['layout', 'get', '/exe'], /^redundancy\s+copies-2\s+set here$/m],
    [['cluster', 'status'], /6 of 6 up/],
    [['status'], /: running\n/],
    [['rm', '-r', '/exe/study'], /^$/],
    [['help', 'put'], /Examples:/],
  ];
  for (const [args, output] of RUNS) {
    it(`runs tessera ${args.join(' ')}`, async () => {
      const { code, text, stderr } = await runTessera(args, { cwd: local, environment });
      assert.equal(code, ExitCode.OK, stderr);
      assert.match(text, output);
      assert.equal(stderr, '');
    });
  }

  it('writes bytes as they are', async () => {
    assert.deepEqual((await runTessera(['cat', '/exe/moved'], { environment })).stdout, image);
  });

  for (const [args, code] of [
    [['ls', '--nope'], ExitCode.USAGE],
    [['cat', '/exe/none'], ExitCode.NOT_FOUND],
    [['mkdir', '/exe'], ExitCode.REFUSED],
  ] as const) {
    it(`ends tessera ${args.join(' ')} with ${code}`, async () => {
      const finished = await runTessera(args, { environment });
      assert.equal(finished.code, code, finished.stderr);
      assert.match(finished.stderr, /^tessera: [A-Z_]+: /);
      assert.equal(finished.text, '');
    });
  }

  it('ends quietly when its reader has seen enough', async () => {
    const child = spawnTessera(['cat', '/files/large.dcm'], { environment });
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = await once(child, 'exit');
    assert.equal(code, ExitCode.OK);
  });

  it('ends with 130 when interrupted', async () => {
    const child = spawnTessera(['put', '-', '/exe/never'], { environment });
    // More than a pipe holds: once it has drained, the command is reading.
    child.stdin.write(Buffer.alloc(3_000_000));
    await once(child.stdin, 'drain');
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    assert.equal(code, ExitCode.INTERRUPTED);
    assert.equal((await tessera('stat', '/exe/never')).code, ExitCode.NOT_FOUND);
  });
});

describe('with a chunkserver missing', () => {
  it('put says that the protection is narrowed, in words and in JSON, and everything reads back', async () => {
    await cluster?.kill('chunkserver-3');
    await succeeds('mkdir', '/narrow');
    const put = await succeeds('put', 'study/series/large.dcm', '/narrow/a');
    assert.match(put.stderr, /^warning: 1 file is stored narrowed: .*\(.+\)$/m);
    const [stored] = jsonLines((await succeeds('put', '--json', 'study/series/large.dcm', '/narrow/b')).text);
    assert.equal(stored?.protection, 'narrowed');
    assert.equal(typeof stored?.detail, 'string');
    assert.deepEqual((await succeeds('cat', '/narrow/a', '/narrow/b')).stdout, Buffer.concat([large, large]));
    assert.deepEqual((await succeeds('cat', '/files/large.dcm')).stdout, large);
    assert.match((await succeeds('status')).text, /: partly running\n(.*\n)*chunkserver-3\s+dead/);
    await cluster?.restart('chunkserver-3');
    assert.match((await succeeds('status')).text, /: running\n/);
    const whole = await succeeds('put', 'study/series/large.dcm', '/narrow/c');
    assert.equal(whole.stderr, '');
  });
});
