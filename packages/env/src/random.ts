/** Randomness as the core sees it: cryptographic in a daemon, seeded in the simulator. */
export interface Random {
  /** Fills all of `target` with random bytes and returns it. */
  fill<T extends Uint8Array>(target: T): T;
  /** A uniform integer in [0, 2^32). */
  uint32(): number;
}

/** A uniform integer in [0, bound), 1 ≤ bound ≤ 2^32, without modulo bias. */
export function randomBelow(random: Random, bound: number): number {
  const limit = 2 ** 32 - (2 ** 32 % bound);
  for (;;) {
    const value = random.uint32();
    if (value < limit) return value % bound;
  }
}

/** A uniform float in [0, 1) with 32 bits. */
export function randomUnit(random: Random): number {
  return random.uint32() / 2 ** 32;
}

/** Shuffles `items` in place (Fisher–Yates) and returns it. */
export function shuffle<T>(random: Random, items: T[]): T[] {
  for (let index = items.length - 1; index > 0; index--) {
    const other = randomBelow(random, index + 1);
    [items[index], items[other]] = [items[other] as T, items[index] as T];
  }
  return items;
}
