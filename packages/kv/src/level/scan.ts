import type { KvEntry } from '../store.js';
import { kvErrorFrom } from './errors.js';

/** The part of `level`'s iterator that a scan uses. */
export interface LevelIterator {
  nextv(size: number): Promise<[Uint8Array, Uint8Array][]>;
  close(): Promise<void>;
}

/** Pages from a `level` iterator, which holds its snapshot from its creation until it is closed. */
export class LevelScan implements AsyncIterableIterator<KvEntry[]> {
  readonly #iterator: LevelIterator;
  readonly #path: string;
  readonly #pageEntries: number;
  #turn: Promise<unknown> = Promise.resolve();
  #done = false;

  constructor(iterator: LevelIterator, path: string, pageEntries: number) {
    this.#iterator = iterator;
    this.#path = path;
    this.#pageEntries = pageEntries;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Several calls at once are answered one after another, as a generator would. */
  next(): Promise<IteratorResult<KvEntry[], undefined>> {
    const result = this.#turn.then(() => this.#next());
    this.#turn = result.catch(() => {});
    return result;
  }

  async return(): Promise<IteratorResult<KvEntry[], undefined>> {
    await this.#turn;
    await this.#finish();
    return { done: true, value: undefined };
  }

  async #next(): Promise<IteratorResult<KvEntry[], undefined>> {
    if (this.#done) return { done: true, value: undefined };
    try {
      const entries = await this.#iterator.nextv(this.#pageEntries);
      if (entries.length > 0) return { done: false, value: entries.map(([key, value]) => ({ key, value })) };
    } catch (error) {
      await this.#finish();
      throw kvErrorFrom(error, 'scan', this.#path);
    }
    await this.#finish();
    return { done: true, value: undefined };
  }

  async #finish(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    await this.#iterator.close();
  }
}
