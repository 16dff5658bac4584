// Each rule of .dependency-cruiser.cjs catches its violation, in a small copy of the repository's shape.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const directory = mkdtempSync(path.join(tmpdir(), 'tessera-layering-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const PACKAGES = [
  'env',
  'kv',
  'protocol',
  'erasure',
  'config',
  'metrics',
  'daemon',
  'metaserver',
  'chunkserver',
  'client',
  'cli',
  'sim',
];
const DECLARED = Object.fromEntries(
  [...PACKAGES.map((name) => `@tessera/${name}`), 'level', '@grpc/grpc-js', 'prom-client'].map((name) => [name, '1']),
);

/** file → import → the rules it must break; a cycle is reported once, where it is entered. */
const CASES = [
  ['packages/client/src/a.ts', '@tessera/metaserver', ['client-imports']],
  ['packages/metaserver/src/a.ts', '@tessera/client', ['metaserver-imports']],
  ['packages/metaserver/src/b.ts', '@tessera/chunkserver', ['metaserver-imports']],
  ['packages/chunkserver/src/a.ts', '@tessera/metaserver', ['chunkserver-imports']],
  ['packages/erasure/src/a.ts', '@tessera/env', ['erasure-imports']],
  ['packages/config/src/a.ts', '@tessera/kv', ['config-imports']],
  ['packages/config/src/b.ts', 'node:fs', ['outside-world-only-in-env']],
  ['packages/protocol/src/a.ts', '@tessera/kv', ['protocol-imports']],
  ['packages/cli/src/a.ts', '@tessera/sim', ['cli-imports', 'nothing-imports-sim-or-bench']],
  ['packages/cli/src/b.ts', '@tessera/metaserver', ['cli-imports']],
  ['packages/sim/src/a.ts', '../../client/src/ok.js', ['public-surface-only']],
  ['packages/metaserver/src/c.ts', 'level', ['level-only-in-kv']],
  ['packages/metaserver/src/e.ts', 'prom-client', ['prometheus-only-in-metrics']],
  ['packages/metaserver/src/f.ts', '@tessera/metrics', ['metrics-only-in-wiring']],
  ['packages/metaserver/src/daemon/ok.ts', '@tessera/metrics', []],
  ['packages/metaserver/src/daemon/f.ts', '@tessera/daemon', ['process-only-in-main']],
  ['packages/metrics/src/ok.ts', 'prom-client', []],
  ['packages/client/src/b.ts', '@grpc/grpc-js', ['grpc-only-in-transport']],
  ['packages/client/src/c.ts', 'node:fs/promises', ['outside-world-only-in-env']],
  ['packages/client/src/d.ts', './local-cluster/ok.js', ['client-without-local-cluster']],
  ['packages/client/src/local-cluster/a.ts', '@tessera/metaserver', ['client-imports']],
  ['packages/client/src/local-cluster/ok.ts', 'node:child_process', []],
  ['packages/client/src/local-cluster/ok2.ts', '../ok.js', []],
  ['packages/chunkserver/src/b.ts', 'node:net', ['outside-world-only-in-env']],
  ['packages/metaserver/src/d.ts', 'node:timers/promises', ['outside-world-only-in-env']],
  ['packages/env/src/a.ts', './real/ok.js', ['real-env-only-inside']],
  ['packages/kv/src/a.ts', './ok.test.js', ['tests-are-not-imported']],
  ['packages/kv/src/b.ts', './b2.js', ['no-cycles']],
  ['packages/kv/src/b2.ts', './b.js', []],
  ['packages/kv/src/c.ts', 'undeclared', ['declared-dependencies-only']],
  ['packages/kv/src/d.ts', './nowhere.js', ['resolvable']],
  ['packages/client/src/ok.ts', '@tessera/protocol', []],
  ['packages/client/src/ok2.ts', 'node:crypto', []],
  ['packages/metaserver/src/main.ts', 'node:fs', []],
  ['packages/env/src/real/ok.ts', '@grpc/grpc-js', []],
  ['packages/env/src/real/ok2.ts', 'node:net', []],
  ['packages/kv/src/ok.ts', 'level', []],
  ['packages/kv/src/ok.test.ts', 'node:fs', []],
  ['packages/metaserver/src/ok.ts', '@tessera/config', []],
  ['packages/cli/src/ok.ts', 'node:fs', []],
  ['packages/sim/src/ok.ts', '@tessera/metaserver', []],
  ['bench/src/ok.ts', '@tessera/cli', []],
];

const broken = cruise();
for (const [file, imported, rules] of CASES) {
  test(`${file} importing ${imported} breaks ${rules.join(' and ') || 'no rule'}`, () => {
    assert.deepEqual(broken.get(file) ?? [], rules);
  });
}

function cruise() {
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.base.json']) {
    copyFileSync(path.join(root, name), path.join(directory, name));
  }
  write('package.json', JSON.stringify({ private: true }));
  mkdirSync(path.join(directory, 'node_modules/@tessera'), { recursive: true });
  for (const name of PACKAGES) {
    const exports = { '.': { types: './dist/index.d.ts', default: './dist/index.js' } };
    const manifest = { name: `@tessera/${name}`, version: '1.0.0', type: 'module', exports, dependencies: DECLARED };
    write(`packages/${name}/package.json`, JSON.stringify(manifest));
    write(`packages/${name}/dist/index.js`, 'export {};\n');
    symlinkSync(path.join(directory, 'packages', name), path.join(directory, 'node_modules/@tessera', name));
  }
  write('bench/package.json', JSON.stringify({ type: 'module', dependencies: DECLARED }));
  for (const name of ['level', '@grpc/grpc-js', 'prom-client', 'undeclared']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, '');
  }
  for (const [file, imported] of CASES) write(file, `import '${imported}';\n`);
  const { stdout, stderr } = spawnSync(
    path.join(root, 'node_modules/.bin/depcruise'),
    ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'packages', 'bench'],
    { cwd: directory, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  assert.equal(stderr, '');
  const found = new Map();
  for (const { from, rule } of JSON.parse(stdout).summary.violations) {
    found.set(from, [...(found.get(from) ?? []), rule.name].sort());
  }
  return found;
}

function write(file, content) {
  const absolute = path.join(directory, file);
  mkdirSync(path.dirname(absolute), { recursive: true });
  writeFileSync(absolute, content);
}
