// docs/sdk.md says of every error code what to do.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const read = (file) => readFileSync(path.join(root, file), 'utf8');

test('every error code has one row in docs/sdk.md, and there are no others', () => {
  const [, table] = /STATUS_OF_CODE = \{(.*?)\n\} as const;/s.exec(read('packages/protocol/src/errors.ts')) ?? [];
  assert.ok(table, 'packages/protocol/src/errors.ts has the table of codes');
  const codes = [...table.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, code]) => code);
  assert.ok(codes.includes('NOT_FOUND'));
  const [, rows] = /^\| code \| means \| do \|\n\|[- |]+\|\n((?:\|.*\n)+)/m.exec(read('docs/sdk.md')) ?? [];
  assert.ok(rows, 'docs/sdk.md has the table of codes');
  const told = [];
  for (const row of rows.trimEnd().split('\n')) {
    const [, names, means, what] = row.split('|').map((cell) => cell.trim());
    assert.ok(means && what, `${names} has a meaning and something to do`);
    told.push(...[...names.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name));
  }
  assert.deepEqual(told.sort(), codes.sort());
});
