import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfigFile } from './config-file.js';
import { exampleFile } from './example-file.js';
import { settingsTable } from './reference.js';
import { PROGRAM } from './testing/program.js';

test('an example sets what must be given, and shows the rest commented out', () => {
  const example = exampleFile(PROGRAM);
  const set = parseConfigFile(PROGRAM.settings, example, '/etc/try.toml');
  assert.deepEqual([...set.keys()], ['directory']);
  const all = parseConfigFile(PROGRAM.settings, example.replace(/^# ([a-z-]+ = )/gm, '$1'), '/etc/try.toml');
  const values = Object.fromEntries([...all].map(([name, { value }]) => [name, value]));
  assert.deepEqual(values, {
    directory: '/var/lib/try',
    listen: '127.0.0.1:1',
    graceMs: 10,
    capacityBytes: 2048,
    colour: 'red',
    token: 'hush',
  });
  assert.ok(example.split('\n').every((line) => line.length <= 100));
});

test('a table has a row for every setting', () => {
  const rows = settingsTable(PROGRAM.settings).trim().split('\n').slice(2);
  assert.equal(rows.length, Object.keys(PROGRAM.settings).length);
  assert.equal(
    rows[2],
    '| `grace-ms` | `--grace-ms` | `TRY_GRACE_MS` | how long it waits: a whole number of milliseconds, 1 to 1000 | 10 |',
  );
  assert.match(rows[4] ?? '', /one of red, green/);
});
