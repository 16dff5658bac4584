import type { PageSource } from '../paged-scan.js';
import type { KvEntry } from '../store.js';
import { kvErrorFrom } from './errors.js';

/** The part of `level`'s iterator that a scan uses. */
export interface LevelIterator {
  nextv(size: number): Promise<[Uint8Array, Uint8Array][]>;
  close(): Promise<void>;
}

/** Pages from a `level` iterator, which holds its snapshot from its creation until it is closed. */
export class LevelPages implements PageSource {
  readonly #iterator: LevelIterator;
  readonly #path: string;
  readonly #pageEntries: number;

  constructor(iterator: LevelIterator, path: string, pageEntries: number) {
    this.#iterator = iterator;
    this.#path = path;
    this.#pageEntries = pageEntries;
  }

  async next(): Promise<KvEntry[]> {
    try {
      const entries = await this.#iterator.nextv(this.#pageEntries);
      return entries.map(([key, value]) => ({ key, value }));
    } catch (error) {
      throw kvErrorFrom(error, 'scan', this.#path);
    }
  }

  end(): Promise<void> {
    return this.#iterator.close();
  }
}
