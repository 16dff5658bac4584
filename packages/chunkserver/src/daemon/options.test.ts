import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CommanderError } from 'commander';
import { parseByteSize } from './byte-size.js';
import { parseOptions } from './options.js';

const NEEDED = ['--dir', '/d', '--metaserver', '10.0.0.5:7070'];

describe('options of the daemon', () => {
  it('have defaults', () => {
    assert.deepEqual(parseOptions(NEEDED, 'my-host'), {
      directory: '/d',
      metaserver: '10.0.0.5:7070',
      listen: '127.0.0.1:0',
      advertise: undefined,
      labels: [{ key: 'host', value: 'my-host' }],
      capacityBytes: undefined,
      health: undefined,
      logLevel: 'info',
    });
  });

  it('take labels one by one or with commas; a given host replaces the host name', () => {
    const { labels } = parseOptions([...NEEDED, '--label', 'host=h1,rack=r=2', '--label', 'site=s'], 'my-host');
    assert.deepEqual(labels, [
      { key: 'host', value: 'h1' },
      { key: 'rack', value: 'r=2' },
      { key: 'site', value: 's' },
    ]);
  });

  it('are refused when wrong, saying what was expected', () => {
    const wrong: [string[], RegExp][] = [
      [[], /required option '--dir <path>' not specified/],
      [['--dir', 'x'], /required option '--metaserver <host:port>' not specified/],
      [['--dir', '', '--metaserver', '127.0.0.1:1'], /Expected the path of a directory/],
      [[...NEEDED, '--listen', 'localhost'], /Expected host:port/],
      [[...NEEDED, '--advertise', '10.0.0.5'], /Expected host:port/],
      [[...NEEDED, '--label', 'rack'], /Expected key=value/],
      [[...NEEDED, '--label', `rack=${'x'.repeat(129)}`], /1..128 characters/],
      [[...NEEDED, '--label', 'rack=1', '--label', 'rack=2'], /label 'rack' is given twice/],
      [[...NEEDED, '--capacity-bytes', '10GB'], /Expected a number of bytes above 0/],
      [[...NEEDED, '--capacity-bytes', '0'], /Expected a number of bytes above 0/],
      [[...NEEDED, '--log-level', 'loud'], /Allowed choices are debug, info, warn, error/],
      [[...NEEDED, '--port', '1'], /unknown option '--port'/],
      [[...NEEDED, 'extra'], /too many arguments/],
    ];
    for (const [argv, expected] of wrong) {
      let said = '';
      const note = (text: string) => {
        said += text;
      };
      assert.throws(() => parseOptions(argv, 'my-host', note), CommanderError, argv.join(' '));
      assert.match(said, expected);
    }
  });

  it('read sizes plain and with binary units', () => {
    const sizes: [string, number | undefined][] = [
      ['4096', 4096],
      ['10GiB', 10 * 1024 ** 3],
      ['1.5 MiB', 1.5 * 1024 ** 2],
      ['512B', 512],
      ['0', undefined],
      ['0.1B', undefined],
      ['10GB', undefined],
      ['ten', undefined],
      ['-1', undefined],
      ['', undefined],
      ['9999999PiB', undefined],
    ];
    for (const [text, bytes] of sizes) assert.equal(parseByteSize(text), bytes, text);
  });
});
