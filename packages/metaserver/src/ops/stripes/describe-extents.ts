import { encodeId, formatId, type Id, TesseraError, v1 } from '@tessera/protocol';
import type { FileExtent } from '../../records/extent.js';
import { segmentKey, stripeKey } from '../../records/keys.js';
import { readSegment, type SegmentRecord } from '../../records/segment.js';
import { readStripe } from '../../records/stripe.js';
import type { ReadTransaction } from '../../store/transaction.js';

/**
 * Where the extents lie, as readers need it: each stripe once, extents pointing into them.
 * @throws TesseraError CORRUPT when a record is missing
 */
export function describeExtents(
  tx: ReadTransaction,
  extents: readonly FileExtent[],
): { extents: v1.Extent[]; stripes: v1.Stripe[] } {
  tx.prefetch(extents.map(({ segment }) => segmentKey(segment)));
  const segments = extents.map(({ segment }) => segmentOf(tx, segment));
  tx.prefetch(segments.map(({ pg, stripe }) => stripeKey(pg, stripe)));
  const stripes: v1.Stripe[] = [];
  const indexOf = new Map<string, number>();
  const described = extents.map(({ fileOffset, length, segment: id, segmentOffset }, index) => {
    const segment = segments[index] as SegmentRecord;
    const key = `${segment.pg}/${segment.stripe}`;
    let stripeIndex = indexOf.get(key);
    if (stripeIndex === undefined) {
      stripeIndex = stripes.push(describeStripe(tx, segment.pg, segment.stripe)) - 1;
      indexOf.set(key, stripeIndex);
    }
    return v1.Extent.create({
      fileOffset,
      length,
      segment: encodeId(id),
      segmentOffset,
      stripeIndex,
      slot: segment.slot,
    });
  });
  return { extents: described, stripes };
}

function segmentOf(tx: ReadTransaction, id: Id): SegmentRecord {
  const segment = readSegment(tx, id);
  if (segment === undefined) throw new TesseraError('CORRUPT', `segment ${formatId(id)} has no record`);
  return segment;
}

function describeStripe(tx: ReadTransaction, pg: number, stripe: Id): v1.Stripe {
  const record = readStripe(tx, pg, stripe);
  if (record === undefined) throw new TesseraError('CORRUPT', `stripe ${formatId(stripe)} has no record`);
  return v1.Stripe.create({
    pg,
    stripe: encodeId(stripe),
    dataCount: record.dataCount,
    parityCount: record.parityCount,
    slots: record.slots.map(({ position, length, root, state }) => ({ position, length, root: encodeId(root), state })),
  });
}
