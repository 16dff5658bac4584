import { type KvEntry, type KvRange, SCAN_PAGE_ENTRIES } from '../store.js';
import { entriesOf, type TreeSnapshot } from './tree.js';

/** Reads a range of a snapshot page by page. */
export class SnapshotPages {
  readonly #snapshot: TreeSnapshot;
  readonly #pageEntries: number;
  #range: KvRange;

  constructor(snapshot: TreeSnapshot, range: KvRange) {
    this.#snapshot = snapshot;
    this.#pageEntries = range.pageEntries ?? SCAN_PAGE_ENTRIES;
    this.#range = range;
  }

  /** Empty when nothing is left. */
  next(): KvEntry[] {
    const page = entriesOf(this.#snapshot, this.#range, this.#pageEntries);
    const last = page.at(-1);
    if (last && this.#range.reverse) this.#range = { ...this.#range, to: last.key };
    else if (last) this.#range = { ...this.#range, from: keyAfter(last.key) };
    return page;
  }
}

/** The smallest key that sorts after `key`. */
function keyAfter(key: Uint8Array): Uint8Array {
  const after = new Uint8Array(key.length + 1);
  after.set(key);
  return after;
}
