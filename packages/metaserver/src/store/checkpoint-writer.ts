import type { Disk, DiskFile, Random } from '@tessera/env';
import { readUint64, TesseraError } from '@tessera/protocol';
import { checkpointFileName, encodeBlockHeader, encodeCheckpointHeader } from './checkpoint-format.js';
import { Digests, showTable } from './digest.js';
import type { JournalPosition } from './journal-position.js';
import { CHECKPOINT_BLOCK_BYTES, CHECKPOINT_SYNC_BYTES } from './limits.js';
import { HASH_BYTES } from './stored-value.js';
import type { CheckedEntry } from './view.js';

export interface CheckpointContent {
  position: JournalPosition;
  /** What the entries must add up to. */
  digests: Digests;
  /** All entries as of the position, in key order, their hashes checked. */
  pages: AsyncIterable<readonly CheckedEntry[]>;
}

/**
 * Writes a checkpoint. It counts, under its final name, only when complete, durable and equal to the journaled digests.
 * @throws TesseraError CORRUPT when the entries do not add up: the view is damaged
 */
export async function writeCheckpoint(
  disk: Disk,
  random: Random,
  directory: string,
  content: CheckpointContent,
): Promise<{ bytes: number; entries: number }> {
  const name = checkpointFileName(content.position.lsn);
  const path = `${directory}/${name}.new`;
  await disk.remove(path);
  const file = await disk.open(path, 'create');
  let written: { bytes: number; entries: number };
  try {
    written = await writeContent(file, readUint64(random.fill(new Uint8Array(8)), 0), content);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(path, `${directory}/${name}`);
  await disk.syncDirectory(directory);
  return written;
}

async function writeContent(file: DiskFile, nonce: bigint, { position, digests, pages }: CheckpointContent) {
  const header = encodeCheckpointHeader({ position, digests, nonce });
  file.writeSync([header], 0);
  let at = header.length;
  let syncedTo = 0;
  let index = 0;
  let entries = 0;
  const writeBlock = (parts: readonly Uint8Array[], count: number) => {
    const payload = Buffer.concat(parts);
    const head = encodeBlockHeader(payload, count, index++, nonce);
    file.writeSync([head, payload], at);
    at += head.length + payload.length;
  };
  const sums = new Digests();
  let parts: Uint8Array[] = [];
  let count = 0;
  let bytes = 0;
  for await (const page of pages) {
    for (const { key, value, hash } of page) {
      sums.add(key[0] as number, hash);
      const head = entryHead(key, value, hash);
      parts.push(head, value);
      count++;
      bytes += head.length + value.length;
      if (bytes < CHECKPOINT_BLOCK_BYTES) continue;
      writeBlock(parts, count);
      entries += count;
      parts = [];
      count = 0;
      bytes = 0;
    }
    if (at - syncedTo >= CHECKPOINT_SYNC_BYTES) {
      await file.sync();
      syncedTo = at;
    }
  }
  if (count > 0) writeBlock(parts, count);
  entries += count;
  const [different] = sums.differences(digests);
  if (different !== undefined) throw digestMismatch(different, position.lsn);
  const total = Buffer.alloc(8);
  total.writeBigUInt64BE(BigInt(entries), 0);
  writeBlock([total], 0);
  return { bytes: at, entries };
}

/** Everything of an entry but its value. */
function entryHead(key: Uint8Array, value: Uint8Array, hash: bigint): Buffer {
  const head = Buffer.allocUnsafe(2 + key.length + 4 + HASH_BYTES);
  head.writeUInt16BE(key.length, 0);
  head.set(key, 2);
  head.writeUInt32BE(HASH_BYTES + value.length, 2 + key.length);
  head.writeBigUInt64BE(hash, 6 + key.length);
  return head;
}

/** The view has lost entries, or shows old ones. */
export function digestMismatch(table: number, lsn: number): TesseraError {
  return new TesseraError(
    'CORRUPT',
    `the view differs from the journal in table ${showTable(table)} as of lsn ${lsn}: entries were lost or are old ones. ` +
      'The journal is the truth: restart the metaserver, which builds the view anew. Check the health of the disk.',
  );
}
