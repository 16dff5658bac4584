import type { Group } from './group.js';
import { ValueArena } from './value-arena.js';

/** What keeping an entry costs beside its key and value: map slot, objects, array buffer. */
export const ENTRY_OVERHEAD_BYTES = 350;

/**
 * The newest committed value of a key, as every transaction sees it; `value` undefined means that the key is known to
 * be absent. It cannot be forgotten while the view may still lack it (`group` is set) or someone needs it (`pins`).
 */
export interface CachedEntry {
  readonly key: string;
  value: Uint8Array | undefined;
  /** Entry hash of the value, 0 when absent. Not yet right while the value's group is being collected. */
  hash: bigint;
  /** Entry hash before `group`, 0 when absent. */
  baseHash: bigint;
  /** The key was absent before `group`. */
  baseAbsent: boolean;
  /** The newest group that wrote the key, until the view has it. */
  group: Group | undefined;
  pins: number;
  older: CachedEntry | undefined;
  newer: CachedEntry | undefined;
  listed: boolean;
}

/** Values by key. Those that the view also has are forgotten, least recently used first, above a bound. */
export class ValueCache {
  readonly #entries = new Map<string, CachedEntry>();
  readonly #arena = new ValueArena();
  readonly #bytesMax: number;
  #bytes = 0;
  #newest: CachedEntry | undefined;
  #oldest: CachedEntry | undefined;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): CachedEntry | undefined {
    const entry = this.#entries.get(key);
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
    const entry: CachedEntry = {
      key,
      value,
      hash,
      baseHash: 0n,
      baseAbsent: true,
      group: undefined,
      pins: 0,
      older: undefined,
      newer: undefined,
      listed: false,
    };
    this.#entries.set(key, entry);
    this.#bytes += cost(entry);
    this.#list(entry);
    return entry;
  }

  /** A transaction of `group` wrote the entry. The value is copied: the caller's may share its memory with others. */
  write(entry: CachedEntry, value: Uint8Array | undefined, group: Group): void {
    if (entry.group !== group) {
      entry.baseHash = entry.hash;
      entry.baseAbsent = entry.value === undefined;
      entry.group = group;
      if (entry.listed) this.#unlist(entry);
    }
    this.#bytes += (value?.length ?? 0) - (entry.value?.length ?? 0);
    entry.value = value === undefined ? undefined : this.#arena.copy(value);
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
      this.#bytes -= cost(entry);
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

function cost(entry: CachedEntry): number {
  return ENTRY_OVERHEAD_BYTES + entry.key.length + (entry.value?.length ?? 0);
}
