import fc from 'fast-check';
import { dataShardsMax, parityShardsMax } from '../limits.js';

/** A stripe's data, and which of its slots are lost. */
export interface StripeCase {
  readonly data: Uint8Array[];
  readonly parityCount: number;
  /** Distinct slots of data and parity, at most parityCount of them, in any order. */
  readonly lost: number[];
}

/** Stripes of every shape, shard lengths 0 to `lengthMax` with at least one not empty, and any losses they survive. */
export function stripeCases(lengthMax: number): fc.Arbitrary<StripeCase> {
  return fc
    .record({
      lengths: fc
        .array(fc.oneof(fc.nat(lengthMax), fc.constant(0)), { minLength: 1, maxLength: dataShardsMax, size: 'max' })
        .filter((lengths) => lengths.some((length) => length > 0)),
      parityCount: fc.integer({ min: 1, max: parityShardsMax }),
      seed: fc.integer(),
    })
    .chain(({ lengths, parityCount, seed }) =>
      fc
        .shuffledSubarray([...Array(lengths.length + parityCount).keys()], { maxLength: parityCount })
        .map((lost) => ({ data: noise(lengths, seed), parityCount, lost })),
    );
}

/** Shards of the given lengths, filled with reproducible noise. */
export function noise(lengths: readonly number[], seed: number): Uint8Array[] {
  let state = seed | 1;
  return lengths.map((length) =>
    new Uint8Array(length).map(() => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state >>> 11;
    }),
  );
}

/** The stripe's shards with the lost ones missing. */
export function without(shards: readonly Uint8Array[], lost: readonly number[]): (Uint8Array | undefined)[] {
  return shards.map((shard, slot) => (lost.includes(slot) ? undefined : shard));
}
