import type { Disk, DiskFile } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import {
  BLOCK_HEADER_BYTES,
  blockPayloadIsRight,
  CHECKPOINT_HEADER_BYTES_MAX,
  type CheckpointHeader,
  decodeBlockHeader,
  decodeCheckpointHeader,
  parseCheckpointFileName,
} from './checkpoint-format.js';
import { Digests } from './digest.js';
import { FileWindow } from './file-window.js';
import type { StoredWrite } from './group-payload.js';
import type { FormatFault } from './journal-format.js';
import { HASH_BYTES } from './stored-value.js';

/** Lsns of the checkpoints in a directory, newest first. */
export async function listCheckpoints(disk: Disk, directory: string): Promise<number[]> {
  const names = await disk.list(directory);
  return names.flatMap((name) => parseCheckpointFileName(name) ?? []).reverse();
}

/** @throws TesseraError CORRUPT, WRONG_VERSION */
export async function readCheckpointHeader(disk: Disk, path: string): Promise<CheckpointHeader> {
  return withCheckpoint(disk, path, async (_window, header) => header);
}

/**
 * Reads a whole checkpoint. `visit` gets each block's entries as the view takes them. What it got counts only when this
 * resolves: the digests are compared at the end.
 * @throws TesseraError CORRUPT, WRONG_VERSION
 */
export async function readCheckpoint(
  disk: Disk,
  path: string,
  visit: (entries: StoredWrite[]) => void | Promise<void>,
): Promise<CheckpointHeader> {
  return withCheckpoint(disk, path, async (window, header) => {
    const sums = new Digests();
    let at = header.headerBytes;
    let entries = 0;
    for (let index = 0; ; index++) {
      const head = decodeBlockHeader(await window.at(at, BLOCK_HEADER_BYTES), index, header.nonce);
      if ('expected' in head) throw damaged(path, at, head);
      const payload = await window.at(at + BLOCK_HEADER_BYTES, head.payloadBytes);
      if (!blockPayloadIsRight(head, payload, header.nonce)) {
        throw damaged(path, at, { expected: `block ${index} with a right checksum`, newer: false });
      }
      at += BLOCK_HEADER_BYTES + head.payloadBytes;
      if (head.entries === 0) {
        if (payload.readBigUInt64BE(0) === BigInt(entries) && at === window.fileBytes) break;
        throw damaged(path, at, { expected: `the end of a file with ${entries} entries`, newer: false });
      }
      entries += head.entries;
      await visit(decodeEntries(payload, head.entries, sums));
    }
    if (sums.differences(header.digests).length > 0) {
      throw damaged(path, 0, { expected: 'digests that equal the sums over the entries', newer: false });
    }
    return header;
  });
}

async function withCheckpoint<T>(
  disk: Disk,
  path: string,
  read: (window: FileWindow, header: CheckpointHeader & { headerBytes: number }) => Promise<T>,
): Promise<T> {
  const file: DiskFile = await disk.open(path, 'read');
  try {
    const window = new FileWindow(file);
    const header = decodeCheckpointHeader(await window.at(0, CHECKPOINT_HEADER_BYTES_MAX));
    if ('expected' in header) throw damaged(path, 0, header);
    const lsn = parseCheckpointFileName(path.slice(path.lastIndexOf('/') + 1));
    if (header.position.lsn !== lsn) throw damaged(path, 0, { expected: `a header for lsn ${lsn}`, newer: false });
    return await read(window, header);
  } finally {
    await file.close();
  }
}

/** The block's checksum was right, so its shape is. */
function decodeEntries(payload: Buffer, count: number, sums: Digests): StoredWrite[] {
  const entries: StoredWrite[] = [];
  let at = 0;
  for (let left = count; left > 0; left--) {
    const keyEnd = at + 2 + payload.readUInt16BE(at);
    const key = payload.subarray(at + 2, keyEnd);
    const valueEnd = keyEnd + 4 + payload.readUInt32BE(keyEnd);
    const value = payload.subarray(keyEnd + 4, valueEnd);
    if (value.length >= HASH_BYTES) sums.add(key[0] as number, value.readBigUInt64BE(0));
    entries.push({ key, value });
    at = valueEnd;
  }
  return entries;
}

function damaged(path: string, offset: number, fault: FormatFault): TesseraError {
  return new TesseraError(
    fault.newer ? 'WRONG_VERSION' : 'CORRUPT',
    `${path}: offset ${offset}: expected ${fault.expected}, found other bytes: the checkpoint is damaged`,
  );
}
