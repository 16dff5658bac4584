import { type CachedEntry, ENTRY_OVERHEAD_BYTES } from './cached-entry.js';
import { Group } from './group.js';
import { keyString } from './key-string.js';
import { type Content, contentCost } from './record-value.js';
import type { ValueCache } from './value-cache.js';

/** A read of the view that is under way. What the view gets while it lasts may be missing from what it returns. */
export interface ViewRead {
  readonly startedAt: number;
}

interface Retired {
  at: number;
  entries: readonly CachedEntry[];
}

/** What a scan must lay over the view: keys in order, `value` undefined for deleted ones. */
export interface OverlaidRange {
  entries: { key: string; value: Uint8Array | undefined }[];
  /** The newest group that wrote one of them. */
  newest: Group | undefined;
}

/** The groups that the view does not have yet: the one that collects, the one being written, those being applied. */
export class Overlay {
  readonly #cache: ValueCache;
  readonly #groups: Group[] = [];
  #open: Group;
  #unappliedBytes = 0;
  readonly #reads = new Set<ViewRead>();
  #retired: Retired[] = [];
  #retirements = 0;

  constructor(cache: ValueCache) {
    this.#cache = cache;
    this.#open = new Group(1);
  }

  /** The group that collects. */
  get open(): Group {
    return this.#open;
  }

  /** Memory of the groups sealed and not applied. */
  get unappliedBytes(): number {
    return this.#unappliedBytes;
  }

  write(entry: CachedEntry, content: Content): void {
    const group = this.#open;
    if (entry.group !== group) {
      group.entries.push(entry);
      group.bytes += ENTRY_OVERHEAD_BYTES + entry.key.length;
    }
    group.bytes += contentCost(content);
    this.#cache.write(entry, content, group);
  }

  /** Ends the open group's collecting and begins the next. */
  seal(): Group {
    const group = this.#open;
    this.#groups.push(group);
    this.#unappliedBytes += group.bytes;
    this.#open = new Group(group.number + 1);
    return group;
  }

  /** The view has the oldest sealed group. */
  applied(group: Group): void {
    this.#groups.shift();
    this.#unappliedBytes -= group.bytes;
    const entries = group.entries;
    if (this.#reads.size > 0) {
      // A read that began before this moment may return what was there before the group: the newer value must still
      // be here when it does, to win.
      for (const entry of entries) this.#cache.pin(entry);
      this.#retirements++;
      this.#retired.push({ at: this.#retirements, entries });
    }
    for (const entry of entries) this.#cache.applied(entry, group);
  }

  beginViewRead(): ViewRead {
    const read = { startedAt: this.#retirements };
    this.#reads.add(read);
    return read;
  }

  endViewRead(read: ViewRead): void {
    this.#reads.delete(read);
    let oldestStart = Number.POSITIVE_INFINITY;
    for (const { startedAt } of this.#reads) oldestStart = Math.min(oldestStart, startedAt);
    const kept = this.#retired.findIndex(({ at }) => at > oldestStart);
    const free = kept < 0 ? this.#retired : this.#retired.slice(0, kept);
    this.#retired = kept < 0 ? [] : this.#retired.slice(kept);
    for (const { entries } of free) for (const entry of entries) this.#cache.unpin(entry);
  }

  /** What the view may lack of from ≤ key < to, in key order. */
  range(from: Uint8Array, to: Uint8Array): OverlaidRange {
    const first = keyString(from);
    const end = keyString(to);
    const found: CachedEntry[] = [];
    let newest: Group | undefined;
    for (const group of [...this.#groups, this.#open]) {
      for (const entry of group.entries) {
        if (entry.group !== group || entry.key < first || entry.key >= end) continue;
        found.push(entry);
        newest = group;
      }
    }
    found.sort((left, right) => (left.key < right.key ? -1 : 1));
    return { entries: found.map(({ key, value }) => ({ key, value })), newest };
  }
}
