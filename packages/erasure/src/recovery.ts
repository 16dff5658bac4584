/** A shard at hand. Past the end of `bytes` it counts as zeros. */
export interface HeldShard {
  readonly slot: number;
  readonly bytes: Uint8Array;
}

/** A shard to compute, or as much of it as `length` says. */
export interface WantedShard {
  readonly slot: number;
  readonly length: number;
}

/**
 * What every request comes down to, validated: from exactly `dataCount` held shards, in ascending slots, compute the
 * wanted ones. Encoding is recovering all parity slots from all data slots.
 */
export interface Recovery {
  readonly dataCount: number;
  readonly held: readonly HeldShard[];
  readonly wanted: readonly WantedShard[];
}

/** One way of doing the arithmetic. */
export interface Engine {
  readonly backend: 'simd' | 'library';
  /** Fills `outputs[n]`, of exactly `wanted[n].length` > 0 bytes and apart from the held bytes, with that shard. */
  recover(recovery: Recovery, outputs: readonly Uint8Array[]): void;
}
