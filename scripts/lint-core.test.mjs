// The determinism rules of biome.json catch what they forbid, where they forbid it, and nothing else.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const directory = mkdtempSync(path.join(tmpdir(), 'tessera-lint-'));
after(() => rmSync(directory, { recursive: true, force: true }));
mkdirSync(path.join(directory, 'scripts'));
copyFileSync(path.join(root, 'biome.json'), path.join(directory, 'biome.json'));
copyFileSync(path.join(root, 'scripts/lint-core.grit'), path.join(directory, 'scripts/lint-core.grit'));

const FORBIDDEN = [
  'Date.now()',
  'new Date()',
  'performance.now()',
  'Math.random()',
  'setTimeout(() => {}, 1)',
  'setInterval(() => {}, 1)',
  'setImmediate(() => {})',
  'process.nextTick(() => {})',
  'AbortSignal.timeout(1)',
  "crypto.subtle.digest('SHA-256', new Uint8Array())",
  'globalThis.setTimeout(() => {}, 1)',
];
const FORBIDDEN_IMPORTS = [
  "import { randomBytes as probe } from 'node:crypto'",
  "import { webcrypto as probe } from 'node:crypto'",
  "import { deflate as probe } from 'node:zlib'",
];
const ALLOWED = ['Math.floor(1)', 'AbortSignal.any([])', 'new AbortController()', 'queueMicrotask(() => {})'];

for (const code of FORBIDDEN) {
  test(`core code must not use ${code}`, () => {
    assert.equal(errorsIn('packages/metaserver/src/probe.ts', `export const probe = ${code};\n`), 1);
  });
}

for (const code of FORBIDDEN_IMPORTS) {
  test(`core code must not ${code}`, () => {
    assert.equal(errorsIn('packages/client/src/probe.ts', `${code};\nexport { probe };\n`), 1);
  });
}

for (const code of ALLOWED) {
  test(`core code may use ${code}`, () => {
    assert.equal(errorsIn('packages/metaserver/src/probe.ts', `export const probe = ${code};\n`), 0);
  });
}

for (const file of [
  'packages/env/src/real/probe.ts',
  'packages/metaserver/src/main.ts',
  'packages/metaserver/src/probe.test.ts',
  'packages/cli/src/probe.ts',
]) {
  test(`${file} may use clocks and timers`, () => {
    const code = FORBIDDEN.map((use, index) => `export const probe${index} = ${use};\n`).join('');
    assert.equal(errorsIn(file, code), 0);
  });
}

function errorsIn(file, code) {
  const absolute = path.join(directory, file);
  mkdirSync(path.dirname(absolute), { recursive: true });
  writeFileSync(absolute, code);
  const biome = path.join(root, 'node_modules/.bin/biome');
  const { stdout, error } = spawnSync(biome, ['lint', '--vcs-enabled=false', '--reporter=json', file], {
    cwd: directory,
    encoding: 'utf8',
  });
  rmSync(absolute);
  assert.equal(error, undefined);
  return JSON.parse(stdout).summary.errors;
}
