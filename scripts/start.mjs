// Usage: node scripts/start.mjs [DIR] [--once]
// From a fresh clone to a running cluster: installs, builds, then runs `tessera tour` with the same arguments.
// Only Node built-ins here, since nothing is installed yet.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_VERSION_MIN = [20, 19];
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < NODE_VERSION_MIN[0] || (major === NODE_VERSION_MIN[0] && minor < NODE_VERSION_MIN[1])) {
  console.error(
    `Tessera needs Node ${NODE_VERSION_MIN.join('.')} or newer; this is ${process.versions.node}. ` +
      'Install a current Node from https://nodejs.org and run npm start again.',
  );
  process.exit(1);
}

if (installIsStale()) step('Installing packages (npm ci)', ...npm('ci', '--no-audit', '--no-fund'));
step('Building', process.execPath, [
  'scripts/build.mjs',
  'packages/cli',
  'packages/metaserver',
  'packages/chunkserver',
]);

const tour = spawn(process.execPath, ['packages/cli/bin/tessera.js', 'tour', ...absoluteArguments()], {
  cwd: root,
  stdio: 'inherit',
});
// The tour stops the cluster, and this process waits for that. At a terminal the tour hears of Ctrl-C twice.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => tour.kill(signal));
tour.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 0 : 1);
});

function installIsStale() {
  const installed = path.join(root, 'node_modules/.package-lock.json');
  return !existsSync(installed) || statSync(installed).mtimeMs < statSync(path.join(root, 'package-lock.json')).mtimeMs;
}

function step(title, command, args) {
  console.log(`${title} …`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  console.error(`${title} failed${error ? `: ${error.message}` : ''}. The messages above say why.`);
  process.exit(status || 1);
}

/** npm runs the npm that started this script, where there is one. */
function npm(...args) {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js') ? [process.execPath, [script, ...args]] : ['npm', args];
}

/** A relative DIR means relative to where the user stands (npm start changes to the repository root). */
function absoluteArguments() {
  const from = process.env.INIT_CWD ?? process.cwd();
  return process.argv.slice(2).map((argument) => (argument.startsWith('-') ? argument : path.resolve(from, argument)));
}
