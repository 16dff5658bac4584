import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CommanderError } from 'commander';
import { configurationFailure, readConfiguration } from './configuration.js';
import { given, PROGRAM } from './testing/program.js';

const refused = (message: RegExp) => ({ code: 'INVALID_ARGUMENT', message });

describe('a configuration', () => {
  it('has defaults', () => {
    assert.deepEqual(readConfiguration(PROGRAM, given(['--dir', 'here'])), {
      values: {
        directory: '/work/here',
        listen: '127.0.0.1:1',
        graceMs: 10,
        capacityBytes: undefined,
        colour: 'red',
        token: undefined,
      },
      shown: undefined,
    });
  });

  it('takes flags before the environment before the file; paths in the file start from the file', () => {
    const files = { '/etc/try.toml': 'dir = "data"\ngrace-ms = 3\nlisten = "10.0.0.1:3"\ncolour = "green"\n' };
    const environment = { TRY_CONFIG: '../etc/try.toml', TRY_GRACE_MS: '2', TRY_LISTEN: '10.0.0.1:2' };
    const { values } = readConfiguration(PROGRAM, given(['--grace-ms', '1'], environment, files));
    assert.equal(values.graceMs, 1);
    assert.equal(values.listen, '10.0.0.1:2');
    assert.equal(values.colour, 'green');
    assert.equal(values.directory, '/etc/data');
  });

  it('names the file by flag before variable', () => {
    const files = { '/work/a': 'dir = "/a"', '/work/b': 'dir = "/b"' };
    const { values } = readConfiguration(PROGRAM, given(['--config', 'a'], { TRY_CONFIG: 'b' }, files));
    assert.equal(values.directory, '/a');
  });

  it('is shown as a file that sets the same, with the origin of each value, and no secret', () => {
    const file = 'capacity-bytes = "3KiB"\n\ncolour = "green"\ntoken = "hush"\n';
    const flags = ['--dir', '/d', '--config', 'try.toml', '--check-config'];
    const { shown = '' } = readConfiguration(PROGRAM, given(flags, { TRY_GRACE_MS: '7' }, { '/work/try.toml': file }));
    assert.equal(
      shown,
      [
        '# Configuration of try in force.',
        'dir = "/d" # --dir',
        'listen = "127.0.0.1:1" # default',
        'grace-ms = 7 # TRY_GRACE_MS',
        'capacity-bytes = "3KiB" # /work/try.toml:1',
        'colour = "green" # /work/try.toml:3',
        '# token = (secret) (/work/try.toml:4)',
        '',
      ].join('\n'),
    );
    const again = readConfiguration(PROGRAM, given(['--config', 'shown'], {}, { '/work/shown': shown })).values;
    assert.deepEqual(again, {
      directory: '/d',
      listen: '127.0.0.1:1',
      graceMs: 7,
      capacityBytes: 3072,
      colour: 'green',
      token: undefined,
    });
  });

  it('is refused for wrong values, naming where they came from and what was expected', () => {
    const wrong: [string[], Record<string, string>, RegExp][] = [
      [
        [],
        {},
        /'dir' is missing: give --dir <path>, TRY_DIR in the environment, or 'dir' in a file given with --config/,
      ],
      [['--dir', ''], {}, /--dir cannot be '': expected the path of a directory/],
      [['--dir', '/', '--listen', 'here'], {}, /--listen cannot be 'here': expected host:port/],
      [['--dir', '/'], { TRY_LISTEN: '1' }, /TRY_LISTEN cannot be '1': expected host:port/],
      [
        ['--dir', '/', '--grace-ms', '0'],
        {},
        /--grace-ms cannot be '0': expected a whole number of milliseconds, 1 to 1000/,
      ],
      [['--dir', '/', '--grace-ms', '1e2'], {}, /cannot be '1e2'/],
      [['--dir', '/', '--colour', 'blue'], {}, /expected one of red, green/],
    ];
    for (const [argv, environment, message] of wrong) {
      assert.throws(() => readConfiguration(PROGRAM, given(argv, environment)), refused(message));
    }
    const secret = given(['--dir', '/', '--token', 'loud']);
    assert.throws(
      () => readConfiguration(PROGRAM, secret),
      (error: Error) => /--token/.test(error.message) && !error.message.includes('loud'),
    );
  });

  it('is refused for flags that do not exist, with the nearest that does', () => {
    for (const [argv, message] of [
      [['--lisen', 'x'], /unknown option '--lisen'[\s\S]*Did you mean --listen\?/],
      [['--dir', '/', 'more'], /too many arguments/],
    ] as const) {
      const said: string[] = [];
      assert.throws(() => readConfiguration(PROGRAM, given(argv, {}, {}, said)), CommanderError);
      assert.match(said.join(''), message);
    }
  });

  it('explains itself, and says how a process shall end', () => {
    const said: string[] = [];
    let failure: ReturnType<typeof configurationFailure>;
    try {
      readConfiguration(PROGRAM, given(['--help'], {}, {}, said));
    } catch (error) {
      failure = configurationFailure(error);
    }
    assert.deepEqual(failure, { exitCode: 0, message: '' });
    const help = said.join('').replace(/\s+/g, ' ');
    assert.match(help, /--dir <path> where it lives \(must be given; environment: TRY_DIR\)/);
    assert.match(help, /--grace-ms <milliseconds> how long it waits \(default: 10; environment: TRY_GRACE_MS\)/);
    assert.match(help, /--capacity-bytes <size> how much it takes \(default: all there is; environment/);
    try {
      readConfiguration(PROGRAM, given([]));
    } catch (error) {
      failure = configurationFailure(error);
    }
    assert.equal(failure?.exitCode, 2);
    assert.match(failure?.message ?? '', /^error: 'dir' is missing/);
    assert.equal(configurationFailure(new RangeError('a bug')), undefined);
  });
});
