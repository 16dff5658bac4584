import type { Clock, DiskFile } from '@tessera/env';
import type { BufferPool } from '@tessera/protocol';
import { firstBadBlock, TesseraError } from '@tessera/protocol';
import type { ShardDescription } from '../log/description.js';
import type { LocatedEntry } from '../log/entry.js';
import type { LogFiles } from '../log/log-files.js';
import { decodeRecordHeader, type RecordHeader, RecordKind } from '../log/record.js';
import { formatShard, sameShard } from '../log/shard-key.js';
import { planRead, type ReadPlan } from './read-plan.js';
import type { WarmShards } from './warm-shards.js';

/** A record as read: its header, verified, and the wanted bytes of the payload, not verified. */
export interface ReadRecord {
  header: RecordHeader;
  shard: ShardDescription;
  /** A view of one of `buffers`. */
  body: Uint8Array;
  /** From the pool: release them when `body` and `header` are used no more. */
  buffers: Uint8Array[];
}

interface Piece {
  readonly target: Uint8Array;
  readonly at: number;
}

async function readLater(handle: DiskFile, pieces: readonly Piece[]): Promise<boolean> {
  const counts = await Promise.all(pieces.map(({ target, at }) => handle.read(target, at)));
  return pieces.every(({ target }, index) => counts[index] === target.length);
}

/** Reads records that the index names. */
export class RecordReader {
  readonly #files: LogFiles;
  readonly #pool: BufferPool;
  readonly #clock: Clock;
  readonly #warm: WarmShards;

  constructor(files: LogFiles, pool: BufferPool, clock: Clock, warm: WarmShards) {
    this.#files = files;
    this.#pool = pool;
    this.#clock = clock;
    this.#warm = warm;
  }

  /** @throws TesseraError CORRUPT when the record is not what the entry says; DiskError */
  async read(entry: LocatedEntry, plan: ReadPlan): Promise<ReadRecord> {
    const head = this.#pool.acquire(plan.head.bytes);
    const blocks = plan.blocks && this.#pool.acquire(plan.blocks.bytes);
    const buffers = blocks ? [head, blocks] : [head];
    try {
      return await this.#files.use(entry.file, async (handle, nonce) => {
        const pieces = [{ target: head, at: entry.offset }];
        if (blocks && plan.blocks) pieces.push({ target: blocks, at: entry.offset + plan.blocks.from });
        const isWhole = this.#warm.has(entry) ? this.#readNow(handle, pieces) : await readLater(handle, pieces);
        const header = isWhole ? decodeRecordHeader(head, nonce, entry.offset) : undefined;
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

  /** On the event loop: what is in the system's memory. */
  #readNow(handle: DiskFile, pieces: readonly Piece[]): boolean {
    const fromMs = this.#clock.monotonicMs();
    const isWhole = pieces.every(({ target, at }) => handle.readSync(target, at) === target.length);
    this.#warm.readTook(this.#clock.monotonicMs() - fromMs);
    return isWhole;
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
