import { PassThrough, Readable } from 'node:stream';
import type { Terminal } from '../terminal.js';

/** A terminal that keeps what was written to it. */
export interface MemoryTerminal extends Terminal {
  written(): { stdout: Buffer; stderr: Buffer };
}

export function memoryTerminal(given: Partial<Terminal> = {}): MemoryTerminal {
  const stdout = collector();
  const stderr = collector();
  return {
    stdin: Readable.from([]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    environment: {},
    cwd: process.cwd(),
    signal: new AbortController().signal,
    ...given,
    written: () => ({ stdout: stdout.content(), stderr: stderr.content() }),
  };
}

function collector(): { stream: PassThrough; content(): Buffer } {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, content: () => Buffer.concat(chunks) };
}
