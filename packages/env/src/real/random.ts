import { randomFillSync } from 'node:crypto';
import type { Random } from '../random.js';

/** One system call fills this many words, so that a single word costs almost nothing. */
const POOL_WORDS = 1_024;

export class RealRandom implements Random {
  readonly #pool = new Uint32Array(POOL_WORDS);
  #used = POOL_WORDS;

  fill<T extends Uint8Array>(target: T): T {
    return randomFillSync(target);
  }

  uint32(): number {
    if (this.#used === POOL_WORDS) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const word = this.#pool[this.#used] as number;
    this.#pool[this.#used++] = 0;
    return word;
  }
}
