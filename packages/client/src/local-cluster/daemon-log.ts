import { type FileHandle, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { LOG_BYTES_MAX } from './limits.js';

const TAIL_LINES = 12;

/** A daemon's log, ready to be appended to; a long one is put aside first. */
export async function openLog(file: string): Promise<FileHandle> {
  await mkdir(path.dirname(file), { recursive: true });
  const bytes = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (bytes > LOG_BYTES_MAX) await rename(file, `${file}.1`);
  return open(file, 'a');
}

/** The last lines a daemon logged from byte `from` on, in plain words. */
export async function logTail(file: string, from: number): Promise<string[]> {
  const content = await readFile(file).catch(() => Buffer.alloc(0));
  const lines = content.subarray(from).toString('utf8').split('\n').filter(Boolean);
  return lines.slice(-TAIL_LINES).map(plainLine);
}

/** A pino line's message and error; any other line as it is. */
function plainLine(line: string): string {
  try {
    const { msg, err } = JSON.parse(line);
    return [msg, err?.message].filter(Boolean).join(': ') || line;
  } catch {
    return line;
  }
}
