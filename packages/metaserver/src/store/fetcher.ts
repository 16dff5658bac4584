import { FETCH_KEYS_MAX, FETCHES_IN_FLIGHT_MAX } from './limits.js';
import type { Operation } from './operation.js';
import type { Overlay } from './overlay.js';
import type { ValueCache } from './value-cache.js';
import type { View } from './view.js';

interface Need {
  operation: Operation;
  keys: ReadonlyMap<string, Uint8Array>;
}

export interface FetcherEvents {
  /** The keys of these operations are in memory, pinned. */
  fetched(operations: readonly Operation[]): void;
  failed(error: unknown): void;
}

/** Brings keys into memory. What many operations need at once is one read of the view. */
export class Fetcher {
  readonly #view: View;
  readonly #cache: ValueCache;
  readonly #overlay: Overlay;
  readonly #events: FetcherEvents;
  #needs: Need[] = [];
  #scheduled = false;
  /** Read from the view so far. */
  keysFetched = 0;
  readonly #inFlight = new Set<readonly Need[]>();

  constructor(view: View, cache: ValueCache, overlay: Overlay, events: FetcherEvents) {
    this.#view = view;
    this.#cache = cache;
    this.#overlay = overlay;
    this.#events = events;
  }

  fetch(operation: Operation, keys: ReadonlyMap<string, Uint8Array>): void {
    this.#needs.push({ operation, keys });
    this.#schedule();
  }

  /** Refuses all operations that wait for keys. */
  fail(error: Error): void {
    const needs = [...[...this.#inFlight].flat(), ...this.#needs];
    this.#needs = [];
    this.#inFlight.clear();
    for (const { operation } of needs) operation.reject(error);
  }

  // A turn later, so that operations submitted together are fetched together.
  #schedule(): void {
    if (this.#scheduled || this.#needs.length === 0 || this.#inFlight.size >= FETCHES_IN_FLIGHT_MAX) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      void this.#fetchNext();
    });
  }

  async #fetchNext(): Promise<void> {
    const keys = new Map<string, Uint8Array>();
    let taken = 0;
    while (taken < this.#needs.length && (taken === 0 || keys.size < FETCH_KEYS_MAX)) {
      for (const [text, key] of (this.#needs[taken++] as Need).keys) keys.set(text, key);
    }
    if (taken === 0) return;
    const needs = this.#needs.slice(0, taken);
    this.#needs = this.#needs.slice(taken);
    this.#inFlight.add(needs);
    this.#schedule();
    const read = this.#overlay.beginViewRead();
    try {
      const values = await this.#view.getMany([...keys.values()]);
      this.keysFetched += keys.size;
      let index = 0;
      for (const text of keys.keys()) {
        const found = values[index++];
        // What is there by now is newer than what the view had.
        if (!this.#cache.has(text)) this.#cache.add(text, found?.value, found?.hash ?? 0n);
      }
    } catch (error) {
      this.#events.failed(error);
      return;
    }
    if (!this.#inFlight.delete(needs)) return;
    for (const { operation, keys: needed } of needs) {
      for (const text of needed.keys()) {
        const entry = this.#cache.get(text);
        if (entry === undefined) throw new Error('a fetched key is not in memory');
        this.#cache.pin(entry);
        operation.pins.push(entry);
      }
    }
    this.#overlay.endViewRead(read);
    this.#events.fetched(needs.map(({ operation }) => operation));
    this.#schedule();
  }
}
