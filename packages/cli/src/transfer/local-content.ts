import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { type Content, TesseraError } from '@tessera/client';
import type { TreeNode } from './tree-node.js';

/** Files up to this length are read whole: one read, and nothing to hold between pieces. */
const WHOLE_BYTES_MAX = 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;

/** A local file's bytes for a put; large files are streamed. */
export async function localContent(file: string, bytes: number): Promise<Content> {
  return bytes <= WHOLE_BYTES_MAX ? readFile(file) : createReadStream(file, { highWaterMark: PIECE_BYTES });
}

/**
 * The bytes of a file as it was looked at, each piece shown to `see`. What changes while it is being read ends with
 * CHANGED before its end: no mixture of two states is stored, and none under the time of the first.
 */
export async function unchangedContent(
  local: string,
  seen: TreeNode,
  see: (piece: Uint8Array) => void,
): Promise<Content> {
  if (seen.bytes > WHOLE_BYTES_MAX) return pieces(local, seen, see);
  const handle = await open(local, 'r');
  try {
    const content = await handle.readFile();
    await checkUnchanged(handle, local, seen);
    see(content);
    return content;
  } finally {
    await handle.close();
  }
}

async function* pieces(local: string, seen: TreeNode, see: (piece: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  const handle = await open(local, 'r');
  try {
    for (let offset = 0; ; ) {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafeSlow(PIECE_BYTES), 0, PIECE_BYTES, offset);
      if (bytesRead === 0) break;
      offset += bytesRead;
      const piece = buffer.subarray(0, bytesRead);
      see(piece);
      yield piece;
    }
    await checkUnchanged(handle, local, seen);
  } finally {
    await handle.close();
  }
}

async function checkUnchanged(handle: FileHandle, local: string, { bytes, modifiedNs }: TreeNode): Promise<void> {
  const { size, mtimeNs } = await handle.stat({ bigint: true });
  if (Number(size) === bytes && (mtimeNs < 0n ? 0n : mtimeNs) === modifiedNs) return;
  throw new TesseraError(
    'CHANGED',
    `local file ${local} was changed while it was being transferred: run the command again`,
  );
}
