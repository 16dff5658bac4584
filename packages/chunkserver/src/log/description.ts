import { blockCount } from '@tessera/protocol';

/** What every put carries of its stripe. Slots: data first, then parity. */
export interface StripeDescription {
  dataCount: number;
  parityCount: number;
  slots: readonly ShardDescription[];
}

export interface ShardDescription {
  /** Bytes of the shard. */
  length: number;
  /** XXH64 of each 64 KiB block, 8 big-endian bytes each. */
  blockChecksums: Uint8Array;
}

export const NO_DESCRIPTION: StripeDescription = { dataCount: 0, parityCount: 0, slots: [] };

/** Bytes the description takes in a record header. */
export function descriptionBytes(description: StripeDescription): number {
  return description.slots.reduce((sum, slot) => sum + 4 + 8 * blockCount(slot.length), 0);
}
