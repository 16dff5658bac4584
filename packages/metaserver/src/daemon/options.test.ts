import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { exampleFile, type Given, parseConfigFile } from '@tessera/config';
import { PROGRAM, readOptions } from './options.js';

const EXAMPLE = new URL('../../examples/metaserver.toml', import.meta.url);

function given(argv: readonly string[], file = ''): Given {
  return { argv, environment: {}, directory: '/', readFile: () => file, output: { writeErr() {} } };
}

describe('options of the daemon', () => {
  it('have defaults', () => {
    assert.deepEqual(readOptions(given(['--dir', '/d'])).values, {
      directory: '/d',
      listen: '127.0.0.1:7070',
      health: undefined,
      metricsListen: undefined,
      witnessGraceMs: 8_000,
      logLevel: 'info',
    });
  });

  it('are refused when wrong, saying what was expected', () => {
    for (const [argv, message] of [
      [[], /'dir' is missing/],
      [['--dir', '/d', '--witness-grace-ms', '0'], /expected a whole number of milliseconds, 1 to 999999999/],
      [['--dir', '/d', '--health', ':80'], /--health cannot be ':80': expected host:port/],
    ] as const) {
      assert.throws(() => readOptions(given(argv)), { code: 'INVALID_ARGUMENT', message });
    }
  });

  it('are in the example, which runs with its defaults', () => {
    const example = readFileSync(EXAMPLE, 'utf8');
    assert.equal(example, exampleFile(PROGRAM), 'run npm run reference');
    const { values } = readOptions(given(['--config', 'x'], example));
    assert.equal(values.directory, '/var/lib/tessera/metaserver');
    const all = parseConfigFile(PROGRAM.settings, example.replace(/^# ([a-z-]+ = )/gm, '$1'), 'x');
    assert.equal(all.size, Object.keys(PROGRAM.settings).length);
    for (const name of ['listen', 'witnessGraceMs', 'logLevel'] as const) {
      assert.equal(all.get(name)?.value, PROGRAM.settings[name].fallback, name);
    }
  });
});
