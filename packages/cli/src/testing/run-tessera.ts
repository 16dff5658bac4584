import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The committed executable, as users run it. */
export const TESSERA = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../bin/tessera.js');

export interface Finished {
  code: number | null;
  stdout: Buffer;
  /** Standard output as text. */
  text: string;
  stderr: string;
}

export interface RunOptions {
  /** Instead of the test's own environment; PATH and HOME are passed on. */
  environment?: Record<string, string>;
  cwd?: string;
  input?: Uint8Array;
}

/** Runs the command to its end in a process of its own. */
export async function runTessera(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawnTessera(args, options);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A command that fails before it reads closes its end first.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input);
  const [code] = await once(child, 'close');
  const output = Buffer.concat(stdout);
  return { code, stdout: output, text: output.toString('utf8'), stderr: Buffer.concat(stderr).toString('utf8') };
}

export function spawnTessera(args: readonly string[], { environment = {}, cwd }: RunOptions = {}) {
  const { PATH = '', HOME = '' } = process.env;
  return spawn(process.execPath, [TESSERA, ...args], {
    // Whoever runs the tests may have defaults of their own.
    env: { PATH, HOME, TESSERA_CONFIG: '', ...environment },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}
