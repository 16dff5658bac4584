import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { exampleFile, type Given, parseConfigFile } from '@tessera/config';
import { program, readOptions } from './options.js';

const NEEDED = ['--dir', '/d', '--metaserver', '10.0.0.5:7070'];
const EXAMPLE = new URL('../../examples/chunkserver.toml', import.meta.url);

function given(argv: readonly string[], file = ''): Given {
  return { argv, environment: {}, directory: '/', readFile: () => file, output: { writeErr() {} } };
}

describe('options of the daemon', () => {
  it('have defaults', () => {
    assert.deepEqual(readOptions('my-host', given(NEEDED)).values, {
      directory: '/d',
      metaserver: '10.0.0.5:7070',
      listen: '127.0.0.1:0',
      advertise: undefined,
      labels: [{ key: 'host', value: 'my-host' }],
      capacityBytes: undefined,
      health: undefined,
      metricsListen: undefined,
      logLevel: 'info',
    });
  });

  it('take labels one by one, with commas, or as a table; a given host replaces the host name', () => {
    const flags = readOptions('my-host', given([...NEEDED, '--label', 'host=h1,rack=r=2', '--label', 'site=s'])).values;
    const expected = [
      { key: 'host', value: 'h1' },
      { key: 'rack', value: 'r=2' },
      { key: 'site', value: 's' },
    ];
    assert.deepEqual(flags.labels, expected);
    const file = '[labels]\nhost = "h1"\nrack = "r=2"\nsite = "s"\n';
    assert.deepEqual(readOptions('my-host', given([...NEEDED, '--config', 'x'], file)).values.labels, expected);
    const { labels } = readOptions('my-host', given([...NEEDED, '--config', 'x'], 'labels = { rack = "r2" }')).values;
    assert.deepEqual(labels, [
      { key: 'host', value: 'my-host' },
      { key: 'rack', value: 'r2' },
    ]);
  });

  it('are refused when wrong, saying what was expected', () => {
    const wrong: [string[], string, RegExp][] = [
      [['--dir', 'x'], '', /'metaserver' is missing/],
      [[...NEEDED, '--advertise', '10.0.0.5'], '', /--advertise cannot be '10.0.0.5': expected host:port/],
      [[...NEEDED, '--label', 'rack'], '', /--label cannot be 'rack': expected key=value/],
      [[...NEEDED, '--label', `rack=${'x'.repeat(129)}`], '', /1..128 characters/],
      [[...NEEDED, '--label', 'rack=1', '--label', 'rack=2'], '', /the label 'rack' is given twice/],
      [[...NEEDED, '--capacity-bytes', '10GB'], '', /expected a number of bytes above 0/],
      [[...NEEDED, '--log-level', 'loud'], '', /expected one of debug, info, warn, error/],
      [NEEDED, 'labels = ["rack=r2"]', /c:1: 'labels' cannot be \["rack=r2"\]: expected .* a table of strings/],
      [NEEDED, '\n[labels]\nrack = 2', /c:2: 'labels' cannot be/],
      [NEEDED, 'labels = { rack = "" }', /c:1: 'labels' cannot be/],
      [NEEDED, `[labels]\nrack = "${'x'.repeat(129)}"`, /c:1: 'labels': .*1..128 characters/],
      [NEEDED, 'capacity = 1', /c:1: there is no key 'capacity'/],
    ];
    for (const [argv, file, message] of wrong) {
      const config = given([...argv, '--config', 'c'], file);
      assert.throws(() => readOptions('my-host', config), { code: 'INVALID_ARGUMENT', message }, argv.join(' '));
    }
  });

  it('are in the example, which runs', () => {
    const example = readFileSync(EXAMPLE, 'utf8');
    assert.equal(example, exampleFile(program('')), 'run npm run reference');
    const { values } = readOptions('my-host', given(['--config', 'x'], example));
    assert.equal(values.directory, '/disks/1/tessera');
    const all = example.replace(/^# ([a-z-]+ = )/gm, '$1');
    assert.equal(parseConfigFile(program('').settings, all, 'x').size, Object.keys(program('').settings).length);
  });
});
