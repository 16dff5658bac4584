import { CachedEntry } from './cached-entry.js';
import type { Group } from './group.js';
import type { Content } from './record-value.js';
import { ValueArena } from './value-arena.js';

/** Values by key. Those that the view also has are forgotten, least recently used first, above a bound. */
export class ValueCache {
  readonly #entries = new Map<string, CachedEntry>();
  readonly #arena = new ValueArena();
  readonly #bytesMax: number;
  #bytes = 0;
  /** Looks that found something, and those that did not. */
  hits = 0;
  misses = 0;
  #newest: CachedEntry | undefined;
  #oldest: CachedEntry | undefined;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get bytesMax(): number {
    return this.#bytesMax;
  }

  get(key: string): CachedEntry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) this.misses++;
    else this.hits++;
    if (entry?.listed && entry !== this.#newest) {
      this.#unlist(entry);
      this.#list(entry);
    }
    return entry;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Adds a key that is not there. It stays at least until the next call that lets go of an entry. */
  add(key: string, value: Uint8Array | undefined, hash: bigint): CachedEntry {
    const entry = new CachedEntry(key, value, hash);
    this.#entries.set(key, entry);
    this.#bytes += entry.cost;
    this.#list(entry);
    return entry;
  }

  /** A transaction of `group` wrote the entry. Bytes are copied: the caller's may share their memory with others. */
  write(entry: CachedEntry, content: Content, group: Group): void {
    if (entry.group !== group) {
      entry.baseHash = entry.hash;
      entry.baseAbsent = entry.isAbsent;
      entry.group = group;
      if (entry.listed) this.#unlist(entry);
    }
    const before = entry.cost;
    entry.set(content instanceof Uint8Array ? this.#arena.copy(content) : content);
    this.#bytes += entry.cost - before;
  }

  /** The record that the entry holds; `decode` is the same for every reader of its key. */
  record<T>(entry: CachedEntry, decode: (value: Uint8Array) => T): T | undefined {
    const before = entry.cost;
    const record = entry.record(decode);
    this.#bytes += entry.cost - before;
    return record;
  }

  /** The view has what `group` wrote. */
  applied(entry: CachedEntry, group: Group): void {
    if (entry.group !== group) return;
    entry.group = undefined;
    if (entry.pins === 0) this.#list(entry);
  }

  pin(entry: CachedEntry): void {
    entry.pins++;
    if (entry.listed) this.#unlist(entry);
  }

  unpin(entry: CachedEntry): void {
    entry.pins--;
    if (entry.pins === 0 && entry.group === undefined) this.#list(entry);
  }

  /** Forgets entries until the bound holds, or none is left that may be forgotten. */
  trim(): void {
    while (this.#bytes > this.#bytesMax && this.#oldest !== undefined) {
      const entry = this.#oldest;
      this.#unlist(entry);
      this.#entries.delete(entry.key);
      this.#bytes -= entry.cost;
    }
  }

  #list(entry: CachedEntry): void {
    entry.listed = true;
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
  }

  #unlist(entry: CachedEntry): void {
    entry.listed = false;
    if (entry.older) entry.older.newer = entry.newer;
    else this.#oldest = entry.newer;
    if (entry.newer) entry.newer.older = entry.older;
    else this.#newest = entry.older;
    entry.older = undefined;
    entry.newer = undefined;
  }
}
