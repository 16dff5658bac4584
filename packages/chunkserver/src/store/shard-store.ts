import { DiskError, type Log } from '@tessera/env';
import { DOUBTFUL_PER_REPORT_MAX, TesseraError, v1 } from '@tessera/protocol';
import { isSameEntry, type Lookup, liveShards, type ShardIndex } from '../index/shard-index.js';
import type { PutRequest } from '../log/append-request.js';
import { EntryKind, type LocatedEntry } from '../log/entry.js';
import type { LogWriter } from '../log/log-writer.js';
import { formatShard, type ShardKey } from '../log/shard-key.js';
import type { LogSpace } from '../log/space.js';
import { KeyLocks } from './key-locks.js';
import type { ReadPlan } from './read-plan.js';
import type { ReadRecord, RecordReader } from './record-reader.js';
import type { WarmShards } from './warm-shards.js';

/** What a disk says of itself. */
export interface DiskReport {
  capacityBytes: number;
  usedBytes: number;
  /** What puts may still take. */
  freeBytes: number;
  shards: number;
  state: v1.DiskState;
  /** Empty while all is well. */
  message: string;
  /** Shards in doubt. */
  doubtful: number;
  readErrors: number;
  writeErrors: number;
}

export interface ShardStoreParts {
  writer: LogWriter;
  reader: RecordReader;
  warm: WarmShards;
  index: ShardIndex;
  space: LogSpace;
  log: Log;
  /** The newest log file at the start: records in later ones were written by this process and need no verifying. */
  newestFile: number;
  /** What was found damaged at the start. */
  damage: readonly string[];
}

/** The shards of one disk: the log for truth, the index to find them. */
export class ShardStore {
  readonly #parts: ShardStoreParts;
  readonly #locks = new KeyLocks();
  readonly #doubtful = new Map<string, ShardKey>();
  #indexFailure: TesseraError | undefined;
  #readErrors = 0;
  #damagedRecords = 0;
  #writeErrors = 0;

  constructor(parts: ShardStoreParts) {
    this.#parts = parts;
  }

  /**
   * Puts a shard, or finds it there already. Resolves with the LSN of its record once that is written: the payload is
   * not used any more. `durable` says when it is synced.
   * @throws TesseraError CONFLICT, DISK_FULL, DISK_FAILED
   */
  put(request: PutRequest): Promise<number> {
    return this.#locks.run(formatShard(request), async () => {
      const existing = this.#lookup(request);
      if (isPut(existing)) {
        refuseOther(existing, request);
        if (await this.#stands(existing)) return existing.lsn;
      }
      return (await this.#append(request, existing)).lsn;
    });
  }

  /** Resolves once the record with this LSN is durable. @throws TesseraError DISK_FAILED */
  durable(lsn: number): Promise<void> {
    return this.#counted(this.#parts.writer.durable(lsn));
  }

  /** Deletes a shard, durably. Resolves with whether there was one. @throws TesseraError DISK_FULL, DISK_FAILED */
  delete(key: ShardKey, era: number): Promise<boolean> {
    return this.#locks.run(formatShard(key), async () => {
      const existing = this.#lookup(key);
      const isThere = existing !== undefined && (existing === 'damaged' || existing.kind !== EntryKind.TOMBSTONE);
      if (isThere) {
        const { pg, stripe, slot } = key;
        const { lsn } = await this.#append({ type: 'tombstone', pg, stripe, slot, era }, existing);
        await this.durable(lsn);
      } else if (existing !== undefined) {
        await this.durable(existing.lsn);
      }
      return isThere;
    });
  }

  /** For each shard where it is, or why it cannot be read (NOT_FOUND, CORRUPT). @throws TesseraError DISK_FAILED */
  async locate(keys: readonly ShardKey[]): Promise<(LocatedEntry | TesseraError)[]> {
    const { index, warm } = this.#parts;
    const known = keys.map((key) => warm.get(key));
    const missing = keys.filter((_, at) => known[at] === undefined);
    if (missing.length === 0) return known as LocatedEntry[];
    const rows = (await index.lookupMany(missing)).values();
    return keys.map((key, at) => known[at] ?? located(rows.next().value, key));
  }

  /** @throws TesseraError CORRUPT, DISK_FAILED */
  async read(entry: LocatedEntry, plan: ReadPlan): Promise<ReadRecord> {
    try {
      const record = await this.#parts.reader.read(entry, plan);
      this.#nowWarm(entry);
      return record;
    } catch (error) {
      this.#readErrors++;
      if (error instanceof TesseraError && error.code === 'CORRUPT') this.#damagedRecords++;
      this.#parts.log.error({ error: String(error) }, 'a record cannot be read');
      throw readFailure(error);
    }
  }

  /** Gives back what a read took from the pool. */
  release(buffers: readonly Uint8Array[]): void {
    this.#parts.reader.release(buffers);
  }

  /** Reads that found a record damaged, so far. */
  get damagedRecords(): number {
    return this.#damagedRecords;
  }

  /** Bytes of the shards, without what keeping them costs. */
  get payloadBytes(): number {
    return this.#parts.index.payloadBytes;
  }

  /** Written and not yet synced; writes wait at the limit. */
  get unsyncedBytes(): { bytes: number; limit: number } {
    return this.#parts.writer.unsyncedBytes;
  }

  /** The index cannot be kept up to date: no more puts and deletes. */
  indexFailed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#indexFailure ??= new TesseraError(
      'DISK_FAILED',
      `the index failed (${reason}): restart this chunkserver; the index is then rebuilt from the log`,
      { cause: error },
    );
    this.#parts.log.error({ reason }, 'the index failed: writes are refused until the next start, which rebuilds it');
  }

  /** Shards that an unclean stop left in doubt; a later put or delete settles them. */
  addDoubtful(keys: readonly ShardKey[]): void {
    for (const { pg, stripe, slot } of keys) {
      const key = { pg, stripe, slot };
      const row = this.#lookup(key);
      if (row !== undefined && row !== 'damaged' && row.kind === EntryKind.DOUBTFUL)
        this.#doubtful.set(formatShard(key), key);
    }
  }

  /** Asks the file system how much space is left; a failure leaves what was known. */
  async measureSpace(): Promise<void> {
    await this.#parts.space.measure().catch((error) => {
      this.#parts.log.warn({ error: String(error) }, 'cannot measure the free space');
    });
  }

  /** Shards in doubt, at most DOUBTFUL_PER_REPORT_MAX; further ones the next time, until all had their turn. */
  nextDoubtful(): ShardKey[] {
    const next: ShardKey[] = [];
    for (const [name, key] of this.#doubtful) {
      if (next.length === DOUBTFUL_PER_REPORT_MAX) break;
      next.push(key);
      this.#doubtful.delete(name);
    }
    for (const key of next) this.#doubtful.set(formatShard(key), key);
    return next;
  }

  report(): DiskReport {
    const { space, index, damage } = this.#parts;
    const failure = this.#parts.writer.failure ?? this.#indexFailure;
    const state = failure
      ? v1.DiskState.DISK_STATE_FAILED
      : space.isFull
        ? v1.DiskState.DISK_STATE_FULL
        : v1.DiskState.DISK_STATE_HEALTHY;
    const full = `full: ${space.usedBytes} of ${space.capacityBytes} bytes are used and the rest is reserved for deletes`;
    const condition = failure?.message ?? (state === v1.DiskState.DISK_STATE_FULL ? full : undefined);
    return {
      capacityBytes: space.capacityBytes,
      usedBytes: space.usedBytes,
      freeBytes: failure ? 0 : space.freeBytes,
      shards: index.shards,
      state,
      message: [...(condition === undefined ? [] : [condition]), ...damage].join('; '),
      doubtful: this.#doubtful.size,
      readErrors: this.#readErrors,
      writeErrors: this.#writeErrors,
    };
  }

  #lookup(key: ShardKey): Lookup {
    if (this.#indexFailure) throw this.#indexFailure;
    return this.#parts.index.lookup(key);
  }

  /** A shard has been read, unless it was deleted meanwhile. */
  #nowWarm(entry: LocatedEntry): void {
    const { warm } = this.#parts;
    if (warm.has(entry)) return;
    try {
      if (isSameEntry(entry, this.#lookup(entry))) warm.add(entry);
    } catch {
      // What ails the index is known by now; the read is good all the same.
    }
  }

  async #append(request: Parameters<LogWriter['append']>[0], existing: Lookup): Promise<LocatedEntry> {
    const entry = await this.#counted(this.#parts.writer.append(request));
    this.#parts.index.record(entry, existing);
    if (request.type === 'put') this.#parts.warm.add(entry);
    else this.#parts.warm.forget(entry);
    this.#doubtful.delete(formatShard(request));
    return entry;
  }

  /**
   * Whether a record may vouch for a repeated put. One found by a scan may not: it can be good in the system's cache
   * and yet not durable, after a sync that failed or never came.
   */
  async #stands(entry: LocatedEntry): Promise<boolean> {
    if (entry.file > this.#parts.newestFile) return true;
    if (entry.recovered) return false;
    try {
      return await this.#parts.reader.stands(entry);
    } catch (error) {
      throw readFailure(error);
    }
  }

  async #counted<T>(operation: Promise<T>): Promise<T> {
    try {
      return await operation;
    } catch (error) {
      if (error instanceof TesseraError && error.code === 'DISK_FAILED') this.#writeErrors++;
      throw error;
    }
  }
}

function isPut(row: Lookup): row is LocatedEntry {
  return liveShards(row) === 1;
}

function refuseOther(existing: LocatedEntry, request: PutRequest): void {
  if (existing.root === request.root && existing.position === request.position) return;
  throw new TesseraError(
    'CONFLICT',
    `${formatShard(request)} exists here with other content or at another position: ids must not be used twice; write under a new stripe id`,
  );
}

function located(row: Lookup, key: ShardKey): LocatedEntry | TesseraError {
  if (row === undefined || (row !== 'damaged' && row.kind === EntryKind.TOMBSTONE)) {
    return new TesseraError('NOT_FOUND', `${formatShard(key)} is not on this disk`);
  }
  if (row === 'damaged') {
    return new TesseraError('CORRUPT', `${formatShard(key)}: its row in the index is damaged; a restart rebuilds it`);
  }
  if (row.kind === EntryKind.DOUBTFUL) {
    return new TesseraError('CORRUPT', `${formatShard(key)}: an unclean stop left its bytes in doubt`);
  }
  return row;
}

function readFailure(error: unknown): TesseraError {
  if (error instanceof DiskError) {
    return new TesseraError('DISK_FAILED', `a read failed: ${error.message}`, { cause: error });
  }
  return TesseraError.from(error);
}
