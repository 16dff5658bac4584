import type { Level, IteratorOptions as LevelIteratorOptions } from 'level';
import { PagedScan } from '../paged-scan.js';
import { type KvEntry, KvError, type KvRange, type KvStore, type KvWrite, SCAN_PAGE_ENTRIES } from '../store.js';
import { kvErrorFrom } from './errors.js';
import { SCAN_PAGE_BYTES_MAX } from './options.js';
import { LevelPages } from './pages.js';

/** With the limit that LevelDB has and the general types lack. */
type IteratorOptions = LevelIteratorOptions<Uint8Array, Uint8Array> & { highWaterMarkBytes: number };

interface PendingApply {
  readonly writes: readonly KvWrite[];
  readonly resolve: () => void;
  readonly reject: (error: KvError) => void;
}

/**
 * A LevelDB store. LevelDB runs batches on a thread pool in any order, so one is under way at a time; those that come
 * meanwhile go together as the next.
 */
export class LevelStore implements KvStore {
  readonly #path: string;
  readonly #level: Level<Uint8Array, Uint8Array>;
  #pending: PendingApply[] = [];
  #applying: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(path: string, level: Level<Uint8Array, Uint8Array>) {
    this.#path = path;
    this.#level = level;
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    this.#assertOpen('read');
    try {
      return this.#level.getSync(key);
    } catch (error) {
      throw kvErrorFrom(error, 'read', this.#path);
    }
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    this.#assertOpen('read');
    try {
      return await this.#level.getMany(keys as Uint8Array[]);
    } catch (error) {
      throw kvErrorFrom(error, 'read', this.#path);
    }
  }

  scan(range: KvRange): AsyncIterableIterator<KvEntry[]> {
    this.#assertOpen('scan');
    const options: IteratorOptions = {
      ...(range.from && { gte: range.from }),
      ...(range.to && { lt: range.to }),
      reverse: range.reverse ?? false,
      highWaterMarkBytes: SCAN_PAGE_BYTES_MAX,
    };
    const iterator = this.#level.iterator<Uint8Array, Uint8Array>(options);
    return new PagedScan(new LevelPages(iterator, this.#path, range.pageEntries ?? SCAN_PAGE_ENTRIES));
  }

  apply(writes: readonly KvWrite[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#assertOpen('write');
      this.#pending.push({ writes, resolve, reject });
      this.#applying ??= this.#applyPending();
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#applying;
    try {
      await this.#level.close();
    } catch (error) {
      throw kvErrorFrom(error, 'close', this.#path);
    }
  }

  async #applyPending(): Promise<void> {
    while (this.#pending.length > 0) {
      const group = this.#pending;
      this.#pending = [];
      try {
        await this.#level.batch(group.flatMap(({ writes }) => writes.map(operation)));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(kvErrorFrom(error, 'write', this.#path));
      }
    }
    this.#applying = undefined;
  }

  #assertOpen(action: string): void {
    if (this.#closing) throw new KvError('CLOSED', `cannot ${action} the store at ${this.#path}: it is closed`);
  }
}

function operation(write: KvWrite) {
  return write.value === undefined
    ? ({ type: 'del', key: write.key } as const)
    : ({ type: 'put', key: write.key, value: write.value } as const);
}
