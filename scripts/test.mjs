// Usage: node scripts/test.mjs [PATH-PART...]
// Runs the compiled tests of all packages (those whose path contains one of the parts, if any are given) and closes
// with one plain line: N passed, N failed, N skipped. Run the build first; npm test does both.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from 'node:test';
import { spec as SpecReporter } from 'node:test/reporters';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { planProcesses } from './test-plan.mjs';

/** Many files wait for daemons more than they compute. */
const PROCESSES_MAX = 3;
/** A test file that hangs must not hang the whole run for good. */
const TEST_FILE_MS_MAX = 15 * 60 * 1000;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const parts = process.argv.slice(2);
const files = findTests().filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));
const counts = { passed: 0, failed: 0, skipped: 0 };
const skips = [];

const together = mkdtempSync(path.join(tmpdir(), 'tessera-tests-'));
process.on('exit', () => rmSync(together, { recursive: true, force: true }));
const entries = planProcesses(files.map((file) => ({ path: file, text: readFileSync(path.join(root, file), 'utf8') })));
const events = run({ files: entries.map(entryOf), concurrency: PROCESSES_MAX, timeout: TEST_FILE_MS_MAX });
events.on('test:pass', (test) => {
  if (test.details?.type === 'suite') return;
  const skipped = test.skip ?? test.todo;
  if (skipped === undefined || skipped === false) {
    counts.passed += 1;
  } else {
    counts.skipped += 1;
    skips.push(`${test.name}: ${typeof skipped === 'string' && skipped !== '' ? skipped : 'no reason given'}`);
  }
});
events.on('test:fail', (test) => {
  // A failed todo is still a test that does not hold.
  if (test.details?.type !== 'suite') counts.failed += 1;
});

for await (const text of events.compose(new SpecReporter())) process.stdout.write(text);

if (skips.length > 0) console.log(`\nSkipped:\n${skips.map((skip) => `  ${skip}`).join('\n')}`);
if (files.length === 0) console.log('No test was found. Run npm run build first.');
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;

/** The file to run for tests that share a process: a single one itself. */
function entryOf(group, index) {
  const absolute = group.map((file) => path.join(root, file));
  if (absolute.length === 1) return absolute[0];
  const entry = path.join(together, `${index}-${group[0].split('/')[1]}.test.mjs`);
  writeFileSync(entry, absolute.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)};\n`).join(''));
  return entry;
}

/** Compiled tests whose source still exists (tsc leaves what it once wrote), and the tests of scripts/ itself. */
function findTests() {
  const projects = [...list('packages').map((name) => path.join('packages', name)), 'bench'];
  const compiled = projects.flatMap((project) =>
    list(path.join(project, 'dist'))
      .filter((file) => file.endsWith('.test.js'))
      .filter((file) => existsSync(path.join(root, project, 'src', file.replace(/\.js$/, '.ts'))))
      .map((file) => path.join(project, 'dist', file)),
  );
  const own = list('scripts').filter((file) => file.endsWith('.test.mjs'));
  return [...compiled, ...own.map((file) => path.join('scripts', file))].sort();
}

function list(directory) {
  const absolute = path.join(root, directory);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: directory !== 'packages' });
}
