/** The bytes from `from` up to, not including, `to` of every shard of a stripe. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Which shards of a stripe are at hand and which to compute. Slots 0…dataCount-1 are data, then comes parity. */
export interface ReconstructRequest {
  /** 1 to dataShardsMax. */
  readonly dataCount: number;
  /** 0 to parityShardsMax; with 0 nothing lost can be computed. */
  readonly parityCount: number;
  /** The length in bytes of each data shard, whole, in slot order; at least one is not 0. */
  readonly shardLengths: readonly number[];
  /**
   * One entry for each of the dataCount + parityCount slots: the shard's bytes, or undefined if it is missing. At least
   * dataCount are needed, where a data shard that has no bytes in the range need not be given. More are not used:
   * data goes before parity. With a range, the bytes in it: all of them, so fewer where the shard ends inside it.
   */
  readonly shards: readonly (Uint8Array | undefined)[];
  /** Slots to compute, each missing, none twice. */
  readonly wanted: readonly number[];
  /** The part of the stripe that `shards` holds and the result shall hold; left out, all of it. */
  readonly range?: ByteRange;
  /** Buffers for the result, one for each wanted slot and of exactly its length, apart from `shards`. */
  readonly into?: readonly Uint8Array[];
}
