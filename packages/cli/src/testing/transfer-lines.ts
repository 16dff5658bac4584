import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Finished, spawnTessera } from './run-tessera.js';

/** What a transfer says with --json. */
export interface Line {
  action?: string;
  path?: string;
  local?: string;
  sha256?: string;
  error?: { code: string; message: string };
  summary?: { files: number; unchanged: number; failed: number; whole: boolean };
}

export function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line));
}

export function pathsOf(text: string, action: string): string[] {
  return linesOf(text).flatMap((line) => (line.action === action && line.path !== undefined ? [line.path] : []));
}

/** All files below a local directory, by relative path. */
export function filesBelow(local: string): Map<string, Buffer> {
  const names = readdirSync(local, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(path.join(local, name)).isFile());
  return new Map(files.sort().map((name) => [name, readFileSync(path.join(local, name))]));
}

/** Runs the command until it told of `lines` files, then `stop` ends it somehow. */
export async function stoppedAfter(
  args: string[],
  where: { cwd: string; environment: Record<string, string> },
  lines: number,
  stop: (child: ReturnType<typeof spawnTessera>) => Promise<unknown> | unknown,
): Promise<Finished> {
  const child = spawnTessera(args, where);
  let text = '';
  let stderr = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk;
      if (linesOf(text).length >= lines) resolve();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.once('close', () => resolve());
  });
  await stop(child);
  const code = await ended;
  return { code, text, stderr, stdout: Buffer.from(text) };
}
