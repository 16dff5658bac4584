import { CALL_BYTES_MAX, type v1 } from '@tessera/protocol';

/** What the long results of one reply may come to; the short ones of all its operations fit beside. */
const LONG_RESULTS_BYTES_MAX = CALL_BYTES_MAX / 2;

/* Encoded sizes, rounded up. */
const ATTRIBUTES_BYTES = 128;
const ENTRY_BYTES = 24;
const EXTENT_BYTES = 56;
const STRIPE_BYTES = 32;
const SLOT_BYTES = 28;
const XATTR_BYTES = 24;

/** Keeps a batch of long reads from making a reply that no peer takes. */
export class ReplyBudget {
  #bytesLeft = LONG_RESULTS_BYTES_MAX;

  get isSpent(): boolean {
    return this.#bytesLeft < 0;
  }

  /** False when the result does not fit any more. */
  take(bytes: number): boolean {
    this.#bytesLeft -= bytes;
    return this.#bytesLeft >= 0;
  }
}

/** About how long the result is on the wire, never less. */
export function listBytes({ entries }: v1.ListResult.$Properties): number {
  let bytes = ATTRIBUTES_BYTES;
  for (const { name, attributes } of entries ?? []) {
    bytes += ENTRY_BYTES + (name?.length ?? 0) + (attributes ? ATTRIBUTES_BYTES : 0);
  }
  return bytes;
}

/** About how long the result is on the wire, never less. */
export function resolveBytes({ inlineData, extents, stripes }: v1.ResolveResult.$Properties): number {
  let bytes = ATTRIBUTES_BYTES + (inlineData?.length ?? 0) + (extents?.length ?? 0) * EXTENT_BYTES;
  for (const { slots } of stripes ?? []) bytes += STRIPE_BYTES + (slots?.length ?? 0) * SLOT_BYTES;
  return bytes;
}

/** About how long the result is on the wire, never less. */
export function xattrBytes({ value }: v1.GetXattrResult.$Properties): number {
  return XATTR_BYTES + (value?.length ?? 0);
}

/** About how long the result is on the wire, never less. */
export function xattrsBytes({ xattrs }: v1.ListXattrsResult.$Properties): number {
  let bytes = XATTR_BYTES;
  for (const { name, value } of xattrs ?? []) bytes += XATTR_BYTES + (name?.length ?? 0) + (value?.length ?? 0);
  return bytes;
}
