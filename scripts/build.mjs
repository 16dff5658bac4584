// Usage: node scripts/build.mjs [PROJECT...]
// Generates what packages generate (lerna run generate, skipped while its inputs are unchanged), then compiles the
// projects and what they need, or everything, incrementally (tsc -b).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const NOT_INPUTS = new Set(['dist', 'generated', 'node_modules']);

const generating = readdirSync(path.join(root, 'packages'))
  .map((name) => path.join(root, 'packages', name))
  .filter((directory) => readManifest(directory)?.scripts?.generate !== undefined);

const inputs = hashInputs();
// Beside what was generated, so that the two cannot part: a copied node_modules says nothing about it.
const stamps = generating.map((directory) => path.join(directory, 'generated/.inputs.sha256'));
if (!stamps.every((stamp) => existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs)) {
  // The nx daemon would outlive the build and gains nothing for two short scripts.
  run('lerna', ['run', 'generate', '--stream', '--no-prefix'], { NX_DAEMON: 'false' });
  for (const stamp of stamps) writeFileSync(stamp, inputs);
}
run('tsc', ['-b', ...process.argv.slice(2)], {});

function run(tool, args, environment) {
  const result = spawnSync(path.join(root, 'node_modules/.bin', tool), args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...environment },
  });
  if (result.error) {
    console.error(`build: cannot run ${tool} (${result.error.message}); run npm ci first`);
    process.exit(1);
  }
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Everything a generate script may read: proto/, scripts/, and the package's files other than TypeScript. */
function hashInputs() {
  const hash = createHash('sha256');
  const directories = [path.join(root, 'proto'), path.join(root, 'scripts'), ...generating];
  for (const file of directories.flatMap((directory) => [...walk(directory)])) {
    hash.update(`${path.relative(root, file)}\0`);
    hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}

function* walk(directory) {
  const entries = readdirSync(directory, { withFileTypes: true });
  for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) {
      if (!NOT_INPUTS.has(entry.name)) yield* walk(file);
    } else if (!entry.name.endsWith('.ts')) {
      yield file;
    }
  }
}

function readManifest(directory) {
  const file = path.join(directory, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
