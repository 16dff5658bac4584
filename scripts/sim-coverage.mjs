// Usage: node scripts/sim-coverage.mjs [--seeds N] [--seed S]
// Which lines of the core run under the simulator alone, and which never do. Fails when a package's core is below
// LINES_PERCENT_MIN, or a seed fails. Run the build first; npm run sim:coverage does both.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CoverageReport } from 'monocart-coverage-reports';

const LINES_PERCENT_MIN = 85;
const SEEDS_DEFAULT = 100;

/**
 * The core: what runs on the interfaces of packages/env, in the daemons as in the simulator. Left out is what wires it to
 * real processes and what only tests use.
 */
const PACKAGES = ['metaserver', 'chunkserver', 'client'];
const LEFT_OUT = [
  // The daemons' command lines, settings and metrics.
  /\/src\/(main|index)\.ts$/,
  /\/src\/daemon\//,
  // Groups within one process, on the real clock.
  /\/src\/collective\/(local-group|memory-channel)\.ts$/,
  // Clusters of real processes.
  /\/src\/local-cluster\//,
  // Reads log files for people and for the simulator's census.
  /\/src\/inspection\//,
  // What tests share.
  /\/testing\//,
  /\/src\/e2e\//,
  /\.test\.ts$/,
];

/** Lines of a file that never ran, at most so many ranges. */
const RANGES_SHOWN_MAX = 12;

const { values } = parseArgs({ options: { seeds: { type: 'string' }, seed: { type: 'string' } } });
const seeds = Number(values.seeds ?? SEEDS_DEFAULT);
const first = Number(values.seed ?? 1);
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const scratch = mkdtempSync(path.join(tmpdir(), 'tessera-sim-coverage-'));
try {
  const allPassed = await runSeeds();
  const isEnough = await report();
  process.exitCode = allPassed && isEnough ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** In processes, not threads: a thread that is ended leaves no coverage. */
async function runSeeds() {
  const processes = Math.min(seeds, availableParallelism());
  const shares = Array.from({ length: processes }, (_, index) => {
    const from = Math.floor((seeds * index) / processes);
    return { from: first + from, count: Math.floor((seeds * (index + 1)) / processes) - from };
  });
  const codes = await Promise.all(shares.map(({ from, count }) => simulate(from, count)));
  return codes.every((code) => code === 0);
}

function simulate(from, count) {
  const program = path.join(root, 'packages/sim/bin/tessera-sim.js');
  const options = ['--seed', from, '--seeds', count, '--workers', 1, '--no-shrink'].map(String);
  const child = spawn(process.execPath, [program, ...options], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NODE_V8_COVERAGE: path.join(scratch, 'v8') },
  });
  return new Promise((resolve) => {
    child.once('close', resolve);
  });
}

/** Lists what never ran by the lines of the sources, and counts lines as they are compiled: types are no code. */
async function report() {
  console.log('\nNever run under the simulator:');
  for (const file of await coverageOf('source')) {
    const { lines } = file.summary;
    if (lines.covered < lines.total) console.log(`${percent(lines)} ${file.sourcePath}: ${rangesOf(file)}`);
  }
  const compiled = await coverageOf('compiled');
  const unloaded = notLoaded(new Set(compiled.map(({ sourcePath }) => path.normalize(sourcePath))));
  for (const { file, lines } of unloaded) console.log(`${percent({ covered: 0, total: lines })} ${file}: never loaded`);
  console.log('\nLines of the core that ran:');
  let isEnough = true;
  for (const name of PACKAGES) {
    const own = (file) => file.includes(`packages/${name}/`);
    const files = compiled.filter(({ sourcePath }) => own(sourcePath)).map(({ summary }) => summary.lines);
    const never = unloaded.filter(({ file }) => own(file)).map(({ lines }) => ({ covered: 0, total: lines }));
    const lines = [...files, ...never].reduce(
      (sum, { covered, total }) => ({ covered: sum.covered + covered, total: sum.total + total }),
      { covered: 0, total: 0 },
    );
    console.log(
      `${percent(lines)} ${name}: ${lines.covered} of ${lines.total} in ${files.length + never.length} files`,
    );
    if (100 * lines.covered < LINES_PERCENT_MIN * lines.total) {
      console.log(`         at least ${LINES_PERCENT_MIN} % were to be`);
      isEnough = false;
    }
  }
  return isEnough;
}

function percent({ covered, total }) {
  return `${((100 * covered) / total).toFixed(1).padStart(6)} %`;
}

/** The files of the core that were loaded, with what ran of them, by the sources' lines or by those of the compiled files. */
async function coverageOf(lines) {
  const coverage = new CoverageReport({
    outputDir: path.join(scratch, lines),
    baseDir: root,
    logging: 'error',
    reports: ['none'],
    entryFilter: ({ url }) => PACKAGES.some((name) => url.includes(`/packages/${name}/dist/`)),
    onEntry: (entry) => {
      if (lines === 'source') return;
      entry.source = entry.source.replace(/\/\/# sourceMappingURL=.*/, '');
      entry.sourceMap = undefined;
    },
    sourceFilter: isCore,
  });
  await coverage.addFromDir(path.join(scratch, 'v8'));
  const { files } = await coverage.generate();
  return files.toSorted((one, other) => one.sourcePath.localeCompare(other.sourcePath));
}

function isCore(file) {
  const source = `/${file.replace('/dist/', '/src/').replace(/\.js$/, '.ts')}`;
  return PACKAGES.some((name) => source.includes(`/packages/${name}/`)) && !LEFT_OUT.some((part) => part.test(source));
}

/** Files of the core that have code and that no run so much as imported. */
function notLoaded(loaded) {
  const compiled = PACKAGES.flatMap((name) =>
    readdirSync(path.join(root, 'packages', name, 'src'), { recursive: true })
      .map((file) => path.join('packages', name, 'src', file))
      .filter((file) => file.endsWith('.ts') && isCore(file))
      .map((file) => file.replace('/src/', '/dist/').replace(/ts$/, 'js')),
  );
  return compiled
    .filter((file) => !loaded.has(file))
    .map((file) => ({ file, lines: linesOfCode(path.join(root, file)) }))
    .filter(({ lines }) => lines > 0);
}

/** Types leave nothing but an empty export. */
function linesOfCode(compiled) {
  return readFileSync(compiled, 'utf8')
    .split('\n')
    .filter((line) => !/^\s*($|\/\/|\/?\*|export \{\};)/.test(line)).length;
}

/** Line numbers, neighbours as ranges. */
function rangesOf({ data }) {
  const never = Object.entries(data.lines).flatMap(([line, hits]) => (hits === 0 ? [Number(line)] : []));
  const ranges = [];
  for (const line of never.sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && line === last[1] + 1) last[1] = line;
    else ranges.push([line, line]);
  }
  const shown = ranges.slice(0, RANGES_SHOWN_MAX).map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`));
  return `${shown.join(', ')}${ranges.length > shown.length ? ` and ${ranges.length - shown.length} more` : ''}`;
}
