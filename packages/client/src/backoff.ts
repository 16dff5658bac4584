import { type Random, randomUnit } from '@tessera/env';

/** Growing pauses between attempts, spread so that many clients do not come back in step. */
export class Backoff {
  readonly #random: Random;
  readonly #minMs: number;
  readonly #maxMs: number;
  #nextMs: number;

  constructor(random: Random, minMs: number, maxMs: number) {
    this.#random = random;
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#nextMs = minMs;
  }

  /** The next pause in milliseconds: half of it fixed, half random. */
  next(): number {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(this.#maxMs, ms * 2);
    return ms / 2 + (randomUnit(this.#random) * ms) / 2;
  }

  reset(): void {
    this.#nextMs = this.#minMs;
  }
}
