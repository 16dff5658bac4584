import { PagedScan } from '../paged-scan.js';
import type { KvEntry, KvRange, KvStore, KvWrite } from '../store.js';
import { closedError } from './errors.js';
import { SnapshotPages } from './snapshot-pages.js';
import type { KeyTree } from './tree.js';

/** A store in memory. What is applied shows at once. */
export class MemoryStore implements KvStore {
  readonly #path: string;
  readonly #tree: KeyTree;
  readonly #onClose: () => void;
  #open = true;

  constructor(path: string, tree: KeyTree, onClose: () => void) {
    this.#path = path;
    this.#tree = tree;
    this.#onClose = onClose;
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    this.#assertOpen('read');
    return this.#tree.get(key);
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    this.#assertOpen('read');
    return keys.map((key) => this.#tree.get(key));
  }

  scan(range: KvRange): AsyncIterableIterator<KvEntry[]> {
    this.#assertOpen('scan');
    const pages = new SnapshotPages(this.#tree.snapshot(), range);
    return new PagedScan({
      next: async () => {
        this.#assertOpen('scan');
        return pages.next();
      },
      end: async () => {},
    });
  }

  async apply(writes: readonly KvWrite[]): Promise<void> {
    this.#assertOpen('write');
    applyWrites(this.#tree, writes);
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#onClose();
  }

  #assertOpen(action: string): void {
    if (!this.#open) throw closedError(action, this.#path);
  }
}

export function applyWrites(tree: KeyTree, writes: readonly KvWrite[]): void {
  for (const { key, value } of writes) {
    if (value === undefined) tree.delete(key);
    else tree.set(key, value);
  }
}
