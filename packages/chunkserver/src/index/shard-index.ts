import type { Clock, Log, Timer } from '@tessera/env';
import { type KvEngine, KvError, type KvStore, type KvWrite } from '@tessera/kv';
import { TesseraError } from '@tessera/protocol';
import { EntryKind, type LocatedEntry } from '../log/entry.js';
import { formatShard, type ShardKey } from '../log/shard-key.js';
import { APPLY_MS_MAX, APPLY_ROWS_MAX, APPLY_ROWS_MIN } from './limits.js';
import { decodeRow, decodeTotals, encodeKey, encodeRow, encodeTotals, TOTALS_KEY, type Totals } from './row.js';

/** What the index says of a shard; 'damaged' when its row cannot be trusted. */
export type Lookup = LocatedEntry | 'damaged' | undefined;

/** What became of an entry: the row it met, and whether the entry is the row now. */
export interface Merged {
  readonly before: Lookup;
  readonly isInForce: boolean;
}

interface Recorded {
  readonly entry: LocatedEntry;
  readonly shards: number;
  readonly payloadBytes: number;
}

/**
 * Where each shard is: an unsynced cache of the log's footers. New entries are seen at once; they reach the store in the
 * order of their LSNs after the log has synced them.
 */
export class ShardIndex {
  readonly #clock: Clock;
  readonly #store: KvStore;
  #onFailure: (error: unknown) => void = () => {};
  /** Entries that the store does not have yet, by shard; the newest of each. */
  readonly #recent = new Map<string, LocatedEntry>();
  #recorded: Recorded[] = [];
  #syncedLsn = 0;
  /** As in the store. */
  #totals: Totals;
  #pendingShards = 0;
  #pendingBytes = 0;
  #exclusive: Promise<void> = Promise.resolve();
  #applying = false;
  #applyLater: Timer | undefined;
  #failed = false;

  private constructor(clock: Clock, store: KvStore, totals: Totals) {
    this.#clock = clock;
    this.#store = store;
    this.#totals = totals;
  }

  /**
   * Opens the index; one that does not open is destroyed and begun anew. `totals` are undefined when it is new or cannot
   * be trusted: it must then be compared with the log. @throws KvError LOCKED, IO
   */
  static async open(
    { kv: engine, clock, log }: { kv: KvEngine; clock: Clock; log: Log },
    path: string,
  ): Promise<{ index: ShardIndex; totals: Totals | undefined }> {
    let store: KvStore;
    let totals: Totals | undefined;
    try {
      store = await engine.open(path);
      totals = decodeTotals(store.getSync(TOTALS_KEY));
    } catch (error) {
      if (!(error instanceof KvError) || error.code !== 'CORRUPT') throw error;
      log.warn({ path, error: error.message }, 'the index is damaged: rebuilding it from the log');
      await engine.destroy(path);
      store = await engine.open(path);
    }
    return { index: new ShardIndex(clock, store, totals ?? { lsn: 0, shards: 0, payloadBytes: 0 }), totals };
  }

  /** Whom to tell when the store fails: what it holds is then no longer kept up to date. */
  set onFailure(listener: (error: unknown) => void) {
    this.#onFailure = listener;
  }

  get shards(): number {
    return this.#totals.shards + this.#pendingShards;
  }

  get payloadBytes(): number {
    return this.#totals.payloadBytes + this.#pendingBytes;
  }

  /** The newest entry of a shard, on the event loop. @throws TesseraError DISK_FAILED */
  lookup(key: ShardKey): Lookup {
    const recent = this.#recent.get(formatShard(key));
    if (recent !== undefined) return recent;
    try {
      const row = this.#store.getSync(encodeKey(key));
      return row === undefined ? undefined : decodeRow(row, key);
    } catch (error) {
      throw this.#failedLookup(error);
    }
  }

  /** As `lookup` for many shards, off the event loop. @throws TesseraError DISK_FAILED */
  async lookupMany(keys: readonly ShardKey[]): Promise<Lookup[]> {
    const names = keys.map(formatShard);
    // An entry may reach the store, and leave this memory, after the store was read and before it has answered.
    const before = names.map((name) => this.#recent.get(name));
    const stored = await this.#store.getMany(keys.map(encodeKey)).catch((error) => {
      throw this.#failedLookup(error);
    });
    return keys.map((key, at) => {
      const row = stored[at];
      const recent = this.#recent.get(names[at] as string) ?? before[at];
      return recent ?? (row === undefined ? undefined : decodeRow(row, key));
    });
  }

  /** Takes in what the log has just written; entries come in the order of their LSNs. */
  record(entry: LocatedEntry, previous: Lookup): void {
    this.#recent.set(formatShard(entry), entry);
    const shards = liveShards(entry) - liveShards(previous);
    const payloadBytes = liveBytes(entry) - liveBytes(previous);
    this.#recorded.push({ entry, shards, payloadBytes });
    this.#pendingShards += shards;
    this.#pendingBytes += payloadBytes;
  }

  /** The log is durable up to here: so much may reach the store. */
  synced(lsn: number): void {
    this.#syncedLsn = lsn;
    this.#applyWhenDue();
  }

  /** Brings rows up to date with entries that come in the order of their LSNs. Returns what it found for each. */
  merge(entries: readonly LocatedEntry[]): Promise<Merged[]> {
    return this.#exclusively(async () => {
      const rows = await this.#store.getMany(entries.map(encodeKey));
      const changed = new Map<string, LocatedEntry>();
      const merged = entries.map((entry, at): Merged => {
        const row = rows[at];
        const before = changed.get(formatShard(entry)) ?? (row === undefined ? undefined : decodeRow(row, entry));
        if (isSameEntry(entry, before)) return { before, isInForce: true };
        const isInForce = supersedes(entry, before);
        if (isInForce) changed.set(formatShard(entry), entry);
        return { before, isInForce };
      });
      const writes = [...changed.values()].map((entry) => ({ key: encodeKey(entry), value: encodeRow(entry) }));
      if (writes.length > 0) await this.#store.apply(writes);
      return merged;
    });
  }

  /** Sets what the index holds in all, after it was counted or corrected. */
  async setTotals(change: (totals: Totals) => Totals): Promise<void> {
    await this.#exclusively(async () => {
      this.#totals = change(this.#totals);
      await this.#store.apply([{ key: TOTALS_KEY, value: encodeTotals(this.#totals) }]);
    });
  }

  /** Writes what is recorded and synced, then closes. Resolves with false when the store has failed. */
  async close(lastLsn: number): Promise<boolean> {
    this.#applyLater?.cancel();
    await this.#exclusively(() => this.#applyDue()).catch(() => {});
    if (!this.#failed && this.#recorded.length === 0) {
      await this.setTotals((totals) => ({ ...totals, lsn: lastLsn })).catch(() => {});
    }
    await this.#store.close();
    return !this.#failed;
  }

  #applyWhenDue(): void {
    if (this.#failed || !this.#isDue(this.#recorded[0])) return;
    if (this.#isDue(this.#recorded[APPLY_ROWS_MIN - 1])) this.#apply();
    else this.#applyLater ??= this.#clock.schedule(APPLY_MS_MAX, () => this.#apply());
  }

  #apply(): void {
    this.#applyLater?.cancel();
    this.#applyLater = undefined;
    if (this.#applying || this.#failed || !this.#isDue(this.#recorded[0])) return;
    this.#applying = true;
    void this.#exclusively(() => this.#applyDue())
      .catch(() => {})
      .then(() => {
        this.#applying = false;
        this.#applyWhenDue();
      });
  }

  #isDue(recorded: Recorded | undefined): boolean {
    return recorded !== undefined && recorded.entry.lsn <= this.#syncedLsn;
  }

  async #applyDue(): Promise<void> {
    while (!this.#failed && this.#isDue(this.#recorded[0])) await this.#applyBatch();
  }

  async #applyBatch(): Promise<void> {
    let count = 0;
    while (count < APPLY_ROWS_MAX && this.#isDue(this.#recorded[count])) count++;
    const batch = this.#recorded.slice(0, count);
    const totals = { ...this.#totals };
    const writes: KvWrite[] = [];
    for (const { entry, shards, payloadBytes } of batch) {
      writes.push({ key: encodeKey(entry), value: encodeRow(entry) });
      totals.lsn = entry.lsn;
      totals.shards += shards;
      totals.payloadBytes += payloadBytes;
    }
    writes.push({ key: TOTALS_KEY, value: encodeTotals(totals) });
    await this.#store.apply(writes);
    this.#recorded.splice(0, count);
    this.#pendingShards -= totals.shards - this.#totals.shards;
    this.#pendingBytes -= totals.payloadBytes - this.#totals.payloadBytes;
    this.#totals = totals;
    for (const { entry } of batch) {
      if (this.#recent.get(formatShard(entry)) === entry) this.#recent.delete(formatShard(entry));
    }
  }

  /** One at a time; a failure of the store is final. */
  #exclusively<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#exclusive.then(operation);
    this.#exclusive = result.then(
      () => {},
      (error) => this.#fail(error),
    );
    return result;
  }

  #failedLookup(error: unknown): TesseraError {
    this.#fail(error);
    const reason = error instanceof Error ? error.message : String(error);
    return new TesseraError(
      'DISK_FAILED',
      `the index cannot be read (${reason}): restart the chunkserver to rebuild it`,
      {
        cause: error,
      },
    );
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#onFailure(error);
  }
}

export function isSameEntry(entry: LocatedEntry, row: Lookup): boolean {
  return (
    row !== undefined &&
    row !== 'damaged' &&
    entry.lsn === row.lsn &&
    entry.kind === row.kind &&
    entry.recovered === row.recovered &&
    entry.file === row.file &&
    entry.offset === row.offset
  );
}

/**
 * Whether an entry takes the place of a row that is not its own. The later one does, but a doubtful put says nothing
 * against a good one before it: a repeated write that was torn leaves the shard as it was.
 */
function supersedes(entry: LocatedEntry, row: Lookup): boolean {
  if (row === undefined || row === 'damaged') return true;
  if (entry.kind === EntryKind.DOUBTFUL) {
    return row.kind === EntryKind.PUT ? entry.lsn === row.lsn : entry.lsn >= row.lsn;
  }
  return row.kind === EntryKind.DOUBTFUL || entry.lsn >= row.lsn;
}

export function liveShards(row: Lookup): number {
  return row !== undefined && row !== 'damaged' && row.kind === EntryKind.PUT ? 1 : 0;
}

export function liveBytes(row: Lookup): number {
  return liveShards(row) === 1 ? (row as LocatedEntry).payloadBytes : 0;
}
