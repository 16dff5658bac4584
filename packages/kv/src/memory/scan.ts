import { type KvEntry, KvError, type KvRange, SCAN_PAGE_ENTRIES } from '../store.js';
import { entriesOf, type TreeSnapshot } from './tree.js';

/** Reads pages of a snapshot. `finished` says that no further page will come. */
export class SnapshotPages {
  readonly #snapshot: TreeSnapshot;
  readonly #pageEntries: number;
  #range: KvRange;
  #finished = false;

  constructor(snapshot: TreeSnapshot, range: KvRange) {
    this.#snapshot = snapshot;
    this.#pageEntries = range.pageEntries ?? SCAN_PAGE_ENTRIES;
    this.#range = range;
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** Empty when nothing is left. */
  next(): KvEntry[] {
    if (this.#finished) return [];
    const page = entriesOf(this.#snapshot, this.#range, this.#pageEntries);
    const last = page.at(-1);
    if (!last || page.length < this.#pageEntries) this.#finished = true;
    else if (this.#range.reverse) this.#range = { ...this.#range, to: last.key };
    else this.#range = { ...this.#range, from: keyAfter(last.key) };
    return page;
  }

  end(): void {
    this.#finished = true;
  }
}

/** A scan of a snapshot; `read` takes the next page by whatever way the store reads. */
export class SnapshotScan implements AsyncIterableIterator<KvEntry[]> {
  readonly #pages: SnapshotPages;
  readonly #read: (pages: SnapshotPages) => Promise<KvEntry[]>;

  constructor(pages: SnapshotPages, read: (pages: SnapshotPages) => Promise<KvEntry[]>) {
    this.#pages = pages;
    this.#read = read;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<KvEntry[], undefined>> {
    if (this.#pages.finished) return { done: true, value: undefined };
    const page = await this.#read(this.#pages);
    return page.length > 0 ? { done: false, value: page } : { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<KvEntry[], undefined>> {
    this.#pages.end();
    return { done: true, value: undefined };
  }
}

export function closedError(action: string, path: string): KvError {
  return new KvError('CLOSED', `cannot ${action} the store at ${path}: it is closed`);
}

export function lockedError(action: string, path: string): KvError {
  return new KvError('LOCKED', `cannot ${action} the store at ${path}: another process has it open`);
}

/** The smallest key that sorts after `key`. */
function keyAfter(key: Uint8Array): Uint8Array {
  const after = new Uint8Array(key.length + 1);
  after.set(key);
  return after;
}
