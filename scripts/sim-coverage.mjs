// Usage: node scripts/sim-coverage.mjs [--seeds N] [--seed S]
// Which lines of the core run under the simulator alone, and which never do. Fails when a package's core is below
// LINES_PERCENT_MIN, or a seed fails. Run the build first; npm run sim:coverage does both.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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
  process.exitCode = (await runSeeds()) && (await report()) ? 0 : 1;
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

async function report() {
  const isCore = (file) =>
    PACKAGES.some((name) => file.includes(`packages/${name}/`)) && !LEFT_OUT.some((part) => part.test(`/${file}`));
  const coverage = new CoverageReport({
    outputDir: path.join(scratch, 'report'),
    baseDir: root,
    logging: 'error',
    reports: ['none'],
    entryFilter: ({ url }) => PACKAGES.some((name) => url.includes(`/packages/${name}/dist/`)),
    sourceFilter: isCore,
    all: {
      dir: PACKAGES.map((name) => path.join(root, 'packages', name, 'dist')),
      filter: { '**/*.test.js': false, '**/*.js': true },
    },
  });
  await coverage.addFromDir(path.join(scratch, 'v8'));
  const { files } = await coverage.generate();
  let isEnough = true;
  console.log('\nNever run under the simulator:');
  for (const file of files.toSorted((one, other) => one.sourcePath.localeCompare(other.sourcePath))) {
    const { lines } = file.summary;
    if (lines.covered < lines.total) {
      console.log(`${String(lines.pct).padStart(6)} % ${file.sourcePath}: ${rangesOf(file)}`);
    }
  }
  console.log('\nLines of the core that ran:');
  for (const name of PACKAGES) {
    const own = files.filter(({ sourcePath }) => sourcePath.includes(`packages/${name}/`));
    const total = own.reduce((sum, { summary }) => sum + summary.lines.total, 0);
    const covered = own.reduce((sum, { summary }) => sum + summary.lines.covered, 0);
    const percent = (100 * covered) / total;
    console.log(`${percent.toFixed(1).padStart(6)} % ${name}: ${covered} of ${total} in ${own.length} files`);
    if (percent < LINES_PERCENT_MIN) {
      console.log(`         at least ${LINES_PERCENT_MIN} % were to be`);
      isEnough = false;
    }
  }
  return isEnough;
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
