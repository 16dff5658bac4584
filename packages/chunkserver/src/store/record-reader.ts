import type { BufferPool } from '@tessera/protocol';
import { firstBadBlock, TesseraError } from '@tessera/protocol';
import type { ShardDescription } from '../log/description.js';
import type { LocatedEntry } from '../log/entry.js';
import type { LogFiles } from '../log/log-files.js';
import { decodeRecordHeader, type RecordHeader, RecordKind } from '../log/record.js';
import { formatShard, sameShard } from '../log/shard-key.js';
import { planRead, type ReadPlan } from './read-plan.js';

/** A record as read: its header, verified, and the wanted bytes of the payload, not verified. */
export interface ReadRecord {
  header: RecordHeader;
  shard: ShardDescription;
  /** A view of one of `buffers`. */
  body: Uint8Array;
  /** From the pool: release them when `body` and `header` are used no more. */
  buffers: Uint8Array[];
}

/** Reads records that the index names. */
export class RecordReader {
  readonly #files: LogFiles;
  readonly #pool: BufferPool;

  constructor(files: LogFiles, pool: BufferPool) {
    this.#files = files;
    this.#pool = pool;
  }

  /** @throws TesseraError CORRUPT when the record is not what the entry says; DiskError */
  async read(entry: LocatedEntry, plan: ReadPlan): Promise<ReadRecord> {
    const head = this.#pool.acquire(plan.head.bytes);
    const blocks = plan.blocks && this.#pool.acquire(plan.blocks.bytes);
    const buffers = blocks ? [head, blocks] : [head];
    try {
      return await this.#files.use(entry.file, async (handle, nonce) => {
        const [headCount, blocksCount] = await Promise.all([
          handle.read(head, entry.offset),
          blocks && plan.blocks ? handle.read(blocks, entry.offset + plan.blocks.from) : 0,
        ]);
        const isShort = headCount < head.length || blocksCount < (blocks?.length ?? 0);
        const header = isShort ? undefined : decodeRecordHeader(head, nonce, entry.offset);
        const shard = header?.description.slots[entry.slot];
        if (header === undefined || shard === undefined || !isOf(header, entry)) throw this.#corrupt(entry);
        const source = blocks ?? head;
        return { header, shard, body: source.subarray(plan.bodyFrom, plan.bodyFrom + plan.bodyBytes), buffers };
      });
    } catch (error) {
      // After an error of the disk another read may still be filling its buffer: that one is left to the collector.
      if (error instanceof TesseraError) this.release(buffers);
      throw error;
    }
  }

  /** Whether the record stands whole on the disk, payload included. @throws DiskError */
  async stands(entry: LocatedEntry): Promise<boolean> {
    try {
      const { shard, body, buffers } = await this.read(entry, planRead(entry, 0, 0));
      const isGood = firstBadBlock(body, shard.blockChecksums, 0) === undefined;
      this.release(buffers);
      return isGood;
    } catch (error) {
      if (error instanceof TesseraError && error.code === 'CORRUPT') return false;
      throw error;
    }
  }

  release(buffers: readonly Uint8Array[]): void {
    for (const buffer of buffers) this.#pool.release(buffer);
  }

  #corrupt(entry: LocatedEntry): TesseraError {
    return new TesseraError(
      'CORRUPT',
      `${formatShard(entry)}: the record at ${entry.offset} of ${this.#files.path(entry.file)} is damaged: read the stripe from its other shards`,
    );
  }
}

function isOf(header: RecordHeader, entry: LocatedEntry): boolean {
  return (
    header.kind === RecordKind.PUT &&
    header.lsn === entry.lsn &&
    header.payloadBytes === entry.payloadBytes &&
    sameShard(header, entry)
  );
}
