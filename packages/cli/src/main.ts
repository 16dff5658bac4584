import { setFlagsFromString } from 'node:v8';
import { runCli } from './program.js';

/** Images pass through buffers outside of V8's heap; beside a small heap they make V8 mark all of it again and again. */
const HEAP_GROWING_PERCENT = 400;

setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);

/** npm and npx pass a Ctrl-C on to a process that the terminal has told already: that is not a second one. */
const REPEATED_SIGNAL_MS = 2_000;

const interruption = new AbortController();
let interruptedAtMs = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!interruption.signal.aborted) {
      interruptedAtMs = performance.now();
      interruption.abort();
    } else if (performance.now() - interruptedAtMs > REPEATED_SIGNAL_MS) {
      // The second time means: now.
      process.exit(130);
    }
  });
}
// A reader that has seen enough, such as head, closes the pipe: nothing more to do, and no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.stderr.on('error', () => {});

process.exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  environment: process.env,
  cwd: process.cwd(),
  signal: interruption.signal,
});
// Input that nobody will read must not keep the process.
process.stdin.destroy();
