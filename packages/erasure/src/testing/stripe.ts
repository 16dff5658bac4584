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
