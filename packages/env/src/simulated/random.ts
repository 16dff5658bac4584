import type { Random } from '../random.js';

/**
 * xoshiro128** seeded from a text. Streams forked under different names are independent, and a fork depends on the
 * seed and the name alone, so what one component draws never shifts what another sees.
 */
export class SimulatedRandom implements Random {
  readonly seed: string;
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number | string) {
    this.seed = String(seed);
    const next = seedWords(this.seed);
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }

  fork(name: string): SimulatedRandom {
    return new SimulatedRandom(`${this.seed}/${name}`);
  }

  uint32(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
  }

  fill<T extends Uint8Array>(target: T): T {
    for (let index = 0; index < target.length; index += 4) {
      const word = this.uint32();
      target[index] = word;
      target[index + 1] = word >>> 8;
      target[index + 2] = word >>> 16;
      target[index + 3] = word >>> 24;
    }
    return target;
  }
}

/** Words from a text: FNV-1a gathers it, splitmix spreads it. */
function seedWords(text: string): () => number {
  let state = 0x811c9dc5;
  let other = 0x2b992ddf;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
    other = Math.imul((other << 5) ^ (other >>> 2) ^ text.charCodeAt(index), 0x9e3779b1);
  }
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16) ^ other, 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    other = (other + mixed) | 0;
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}
