import { BLOCK_BYTES, blockCount, TesseraError } from '@tessera/protocol';
import type { LocatedEntry } from '../log/entry.js';
import { payloadOffset } from '../log/record.js';

/** A header and blocks that lie closer together than this are read in one go. */
const GAP_BYTES_MAX = 128 * 1024;

/** What to read for some blocks of a shard: offsets within the record. */
export interface ReadPlan {
  /** From 0: the record header, and the blocks too unless `blocks` is given. */
  head: { bytes: number };
  /** Blocks that lie far behind the header. */
  blocks: { from: number; bytes: number } | undefined;
  /** The wanted bytes within what is read for the blocks. */
  bodyFrom: number;
  bodyBytes: number;
}

/** Bytes of memory a plan takes. */
export function planBytes(plan: ReadPlan): number {
  return plan.head.bytes + (plan.blocks?.bytes ?? 0);
}

/**
 * Plans the read of `count` blocks (0 = to the end) from `first` on.
 * @throws TesseraError OUT_OF_RANGE when the shard has no block `first`
 */
export function planRead(
  { headerBytes, payloadBytes }: Pick<LocatedEntry, 'headerBytes' | 'payloadBytes'>,
  first: number,
  count: number,
): ReadPlan {
  const blocks = blockCount(payloadBytes);
  if (first >= blocks) {
    throw new TesseraError('OUT_OF_RANGE', `the shard has ${blocks} blocks: there is no block ${first}`);
  }
  const payloadFrom = payloadOffset(headerBytes);
  const from = first * BLOCK_BYTES;
  const to = count === 0 ? payloadBytes : Math.min(payloadBytes, (first + count) * BLOCK_BYTES);
  if (from <= GAP_BYTES_MAX) {
    const head = { bytes: payloadFrom + to };
    return { head, blocks: undefined, bodyFrom: payloadFrom + from, bodyBytes: to - from };
  }
  return {
    head: { bytes: payloadFrom },
    blocks: { from: payloadFrom + from, bytes: to - from },
    bodyFrom: 0,
    bodyBytes: to - from,
  };
}

/** Plans the read of the record header alone. */
export function planHeader({ headerBytes }: Pick<LocatedEntry, 'headerBytes'>): ReadPlan {
  return { head: { bytes: payloadOffset(headerBytes) }, blocks: undefined, bodyFrom: 0, bodyBytes: 0 };
}
