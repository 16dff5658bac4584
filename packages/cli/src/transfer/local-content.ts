import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Content } from '@tessera/client';

/** Files up to this length are read whole: one read, and nothing to hold between pieces. */
const WHOLE_BYTES_MAX = 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;

/** A local file's bytes for a put; large files are streamed. */
export async function localContent(file: string, bytes: number): Promise<Content> {
  return bytes <= WHOLE_BYTES_MAX ? readFile(file) : createReadStream(file, { highWaterMark: PIECE_BYTES });
}
