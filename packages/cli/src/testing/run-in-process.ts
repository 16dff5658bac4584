import { Readable } from 'node:stream';
import { runCli } from '../program.js';
import { memoryTerminal } from './memory-terminal.js';
import type { Finished, RunOptions } from './run-tessera.js';

/** As runTessera, in the test's own process: the same commands, without the time a process takes to start. */
export async function runInProcess(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { environment = {}, cwd = process.cwd(), input } = options;
  const stdin = Readable.from(input === undefined ? [] : [Buffer.from(input)]);
  const terminal = memoryTerminal({ environment, cwd, stdin });
  const code = await runCli(args, terminal);
  const { stdout, stderr } = terminal.written();
  return { code, stdout, text: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
}
