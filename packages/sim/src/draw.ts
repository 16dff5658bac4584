import { type Random, randomBelow, randomUnit } from '@tessera/env';

/** Small decisions from one stream of randomness. */
export class Draw {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** 0 to bound - 1. */
  below(bound: number): number {
    return randomBelow(this.#random, bound);
  }

  /** From 0 up to `most`, fractions included. */
  upTo(most: number): number {
    return randomUnit(this.#random) * most;
  }

  chance(chance: number): boolean {
    return randomUnit(this.#random) < chance;
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** One of the keys, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.upTo(entries.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [key, weight] of entries) {
      if (left < weight) return key;
      left -= weight;
    }
    return (entries.at(-1) as [K, number])[0];
  }

  /** So many of the items, in no order. */
  some<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    const chosen: T[] = [];
    while (chosen.length < count && left.length > 0) chosen.push(...left.splice(this.below(left.length), 1));
    return chosen;
  }
}
