import type { KvEntry } from './store.js';

/** Where the pages of a scan come from. */
export interface PageSource {
  /** The next page; an empty one when nothing is left. */
  next(): Promise<KvEntry[]>;
  /** Lets go of what the scan holds; called once. */
  end(): Promise<void>;
}

/** A scan over a source of pages. Calls that come at once are answered one after another, as by a generator. */
export class PagedScan implements AsyncIterableIterator<KvEntry[]> {
  readonly #source: PageSource;
  #turn: Promise<unknown> = Promise.resolve();
  #done = false;

  constructor(source: PageSource) {
    this.#source = source;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<KvEntry[], undefined>> {
    const result = this.#turn.then(() => this.#next());
    this.#turn = result.catch(() => {});
    return result;
  }

  async return(): Promise<IteratorResult<KvEntry[], undefined>> {
    await this.#turn;
    return this.#finish();
  }

  async #next(): Promise<IteratorResult<KvEntry[], undefined>> {
    if (this.#done) return { done: true, value: undefined };
    try {
      const value = await this.#source.next();
      return value.length > 0 ? { done: false, value } : await this.#finish();
    } catch (error) {
      await this.#finish();
      throw error;
    }
  }

  async #finish(): Promise<IteratorResult<KvEntry[], undefined>> {
    if (!this.#done) {
      this.#done = true;
      await this.#source.end();
    }
    return { done: true, value: undefined };
  }
}
