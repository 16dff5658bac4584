import type { Random } from '@tessera/env';

/** The same numbers for the same seed (xorshift32). */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed | 0) === 0 ? 1 : seed | 0;
  }

  uint32(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  fill<T extends Uint8Array>(target: T): T {
    for (let index = 0; index < target.length; index++) target[index] = this.uint32();
    return target;
  }
}
