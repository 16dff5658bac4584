import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planProcesses } from './test-plan.mjs';

const plain = (path) => ({ path, text: "test('adds', () => assert.equal(1 + 1, 2));" });

test('files of one package share processes, a bounded number each, and every file runs once', () => {
  const files = Array.from({ length: 30 }, (_, index) => plain(`packages/env/dist/${index}.test.js`));
  const others = [plain('packages/kv/dist/a.test.js'), plain('scripts/docs.test.mjs')];
  const plan = planProcesses([...files, ...others]);
  assert.deepEqual(plan.map(({ length }) => length).sort(), [1, 1, 12, 12, 6]);
  assert.deepEqual(plan.flat().sort(), [...files, ...others].map(({ path }) => path).sort());
});

test('what touches its process has one of its own', () => {
  for (const text of [
    'before(async () => {});',
    'afterEach(() => {});',
    'const root = temporaryDirectory();',
    "import { spawn } from 'node:child_process';",
    'process.env.TESSERA_CODEC = "simd";',
    "t.mock.method(fs, 'open');",
    'console.log = () => {};',
  ]) {
    const files = [{ path: 'packages/env/dist/a.test.js', text }, plain('packages/env/dist/b.test.js')];
    assert.equal(planProcesses(files).length, 2, text);
  }
  const inside = { path: 'packages/env/dist/a.test.js', text: "describe('x', () => {\n  before(() => {});\n});" };
  assert.equal(planProcesses([inside, plain('packages/env/dist/b.test.js')]).length, 1);
});

test('end-to-end tests run alone, and long ones first', () => {
  const paths = [
    'packages/kv/dist/a.test.js',
    'packages/cli/dist/e2e/b.test.js',
    'bench/dist/c.test.js',
    'scripts/packed-sdk.test.mjs',
  ];
  assert.deepEqual(planProcesses(paths.map(plain)), [[paths[3]], [paths[1]], [paths[2]], [paths[0]]]);
});
