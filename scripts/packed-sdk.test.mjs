// The SDK as others get it: packed, installed into an empty project without a registry, compiled strictly, and every
// example of docs/sdk.md run against a cluster that the packed testing entry starts from the packed daemons.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const examples = path.join(root, 'packages/client/examples');
const directory = mkdtempSync(path.join(tmpdir(), 'tessera-packed-'));
const project = path.join(directory, 'project');

/** The SDK, and the daemons for its testing entry. */
const WANTED = ['client', 'metaserver', 'chunkserver'];
/** With all packages of ours that they depend on. */
const PACKED = withDependencies(WANTED);

/** Example → its arguments here and what it prints; testing.ts starts a cluster of its own. */
const EXAMPLES = {
  connect: [[], 'stored 524288 bytes, protection full\nfile slice-1.dcm 524288\nidentical\n'],
  errors: [[], 'true\nfalse\nNOT_FOUND\nCANCELLED\n'],
  'stream-large-file': [[String(20 * 1024 * 1024 + 17)], '20971537 bytes, identical\n1000\n'],
  'parallel-write': [[], '12000000 whole\n'],
  collective: [[], 'all ranks agree\n'],
  'strided-volume': [[], 'true\ntrue true true\n'],
  'list-io': [[], '1000 true\ntrue true\n'],
  'open-files': [[], 'draft one\n0\ndraft one\n9\nCHANGED\ndraft one, signed\n'],
  bulk: [['200'], 'stored 200\nread 200\n'],
};

const STRICT = {
  target: 'es2023',
  module: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  // The declarations of the packed SDK are compiled, too.
  skipLibCheck: false,
  types: ['node'],
  rootDir: '.',
  outDir: 'dist',
};

let cluster;
after(async () => {
  await cluster?.stop();
  rmSync(directory, { recursive: true, force: true });
});

before(() => {
  const tarballs = path.join(directory, 'tarballs');
  mkdirSync(tarballs);
  const workspaces = PACKED.flatMap((name) => ['-w', `packages/${name}`]);
  run(root, 'npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', tarballs, ...workspaces]);
  mkdirSync(project);
  writeFileSync(path.join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  copyThirdParties();
  const files = readdirSync(tarballs).map((name) => path.join(tarballs, name));
  assert.equal(files.length, PACKED.length);
  // An empty cache and no registry: whatever a manifest forgot is missed.
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund'];
  run(project, 'npm', ['install', '--offline', '--cache', path.join(directory, 'cache'), ...quiet, ...files]);
  for (const file of readdirSync(examples)) cpSync(path.join(examples, file), path.join(project, file));
  writeFileSync(path.join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: STRICT }));
});

describe('the packed SDK', () => {
  test('holds what users need and nothing of our tests', () => {
    for (const name of PACKED) {
      const files = readdirSync(path.join(project, 'node_modules/@tessera', name), { recursive: true });
      assert.ok(files.includes(path.join('dist', 'index.js')), name);
      const surplus = files.filter((file) => /\.test\.|\.map$|tsbuildinfo|^src|e2e/.test(file));
      assert.deepEqual(surplus, [], name);
    }
  });

  test('compiles strictly, its declarations included', () => {
    run(project, process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', '.']);
  });

  test('starts a cluster from its testing entry', async () => {
    const manifest = JSON.parse(readFileSync(path.join(project, 'node_modules/@tessera/client/package.json'), 'utf8'));
    const entry = path.join(project, 'node_modules/@tessera/client', manifest.exports['./testing'].default);
    const { startLocalCluster } = await import(pathToFileURL(entry).href);
    cluster = await startLocalCluster();
    const { state, processes } = await cluster.inspect();
    assert.deepEqual([state, processes.length], ['running', 7]);
  });

  for (const [name, [args, output]] of Object.entries(EXAMPLES)) {
    test(`runs the example ${name}`, () => {
      const environment = { TESSERA_METASERVER: cluster.metaserver };
      assert.equal(run(project, process.execPath, [`dist/${name}.js`, ...args], environment), output);
    });
  }

  test('runs the example testing', () => {
    // A runner inside a runner would take itself for a child of this one.
    const environment = { NODE_TEST_CONTEXT: undefined };
    assert.match(
      run(project, process.execPath, ['--test', '--test-reporter=tap', 'dist/testing.js'], environment),
      /^# pass 1$/m,
    );
  });

  test('every example is run', () => {
    const run = [...Object.keys(EXAMPLES), 'testing'].map((name) => `${name}.ts`);
    assert.deepEqual(readdirSync(examples).sort(), run.sort());
  });
});

function withDependencies(names) {
  const packed = new Set();
  const add = (name) => {
    if (packed.has(name)) return;
    packed.add(name);
    const manifest = JSON.parse(readFileSync(path.join(root, 'packages', name, 'package.json'), 'utf8'));
    for (const dependency of Object.keys(manifest.dependencies)) {
      if (dependency.startsWith('@tessera/')) add(dependency.slice('@tessera/'.length));
    }
  };
  for (const name of names) add(name);
  return [...packed];
}

/** Puts what a registry would deliver, the declared dependencies of what is packed and no more, into the project. */
function copyThirdParties() {
  const seen = new Set();
  const add = (from, manifest) => {
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
      const found = lookUp(from, name);
      if (found === undefined || seen.has(found)) continue;
      seen.add(found);
      const needed = JSON.parse(readFileSync(path.join(found, 'package.json'), 'utf8'));
      if (found === path.join(root, 'node_modules', name) && !name.startsWith('@tessera/')) copy(found, needed);
      add(found, needed);
    }
  };
  add(root, { dependencies: { '@types/node': '' } });
  for (const name of WANTED) {
    const place = path.join(root, 'packages', name);
    add(place, JSON.parse(readFileSync(path.join(place, 'package.json'), 'utf8')));
  }
}

/** With its links in .bin: npm would fetch a package anew that lacks them. */
function copy(from, { name, bin = {} }) {
  const modules = path.join(project, 'node_modules');
  cpSync(from, path.join(modules, name), { recursive: true });
  mkdirSync(path.join(modules, '.bin'), { recursive: true });
  const links = typeof bin === 'string' ? { [path.basename(name)]: bin } : bin;
  for (const [link, target] of Object.entries(links)) {
    symlinkSync(path.join('..', name, target), path.join(modules, '.bin', link));
  }
}

/** Node's lookup from `place` upwards, up to the root. */
function lookUp(place, name) {
  const found = path.join(place, 'node_modules', name);
  if (existsSync(found)) return found;
  return place === root ? undefined : lookUp(path.dirname(place), name);
}

function run(cwd, command, args, environment = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  assert.equal(error, undefined);
  assert.equal(status, 0, `${command} ${args.join(' ')}:\n${stdout}\n${stderr}`);
  return stdout;
}
