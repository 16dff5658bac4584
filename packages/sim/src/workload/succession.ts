import type { Worker } from './worker.js';

/** Places that clients share, one after the other. */
export class Succession<Place extends { readonly isFull: boolean }> {
  readonly all: Place[] = [];
  readonly #make: (worker: Worker, index: number) => Promise<Place>;
  #next: Promise<Place> | undefined;

  constructor(make: (worker: Worker, index: number) => Promise<Place>) {
    this.#make = make;
  }

  /** The one to use now: a full one is left. @throws OracleViolation */
  async current(worker: Worker): Promise<Place> {
    const last = this.all.at(-1);
    if (last !== undefined && !last.isFull) return last;
    this.#next ??= this.#add(worker).finally(() => {
      this.#next = undefined;
    });
    return this.#next;
  }

  async #add(worker: Worker): Promise<Place> {
    const place = await this.#make(worker, this.all.length);
    this.all.push(place);
    return place;
  }
}
