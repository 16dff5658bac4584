import { formatId, type Id, TesseraError } from '@tessera/protocol';
import { segmentKey, stripeKey, TOTALS_KEY } from '../../records/keys.js';
import { putSegment, readSegment, type SegmentRecord } from '../../records/segment.js';
import { readStripe } from '../../records/stripe.js';
import type { Transaction } from '../../store/transaction.js';
import { burySlots } from './bury-slots.js';
import type { StripeTotals } from './totals.js';

/**
 * Takes one reference from each segment. A segment without references goes and its slot is dead, which is final; parity
 * is dead once all data is. At most five keys a segment. Adds to `change` what that means for the totals.
 * @throws TesseraError CORRUPT when a record is missing
 */
export function releaseSegments(tx: Transaction, segments: readonly Id[], change: StripeTotals): void {
  tx.prefetch([TOTALS_KEY, ...segments.map(segmentKey)]);
  const deadSlots = new Map<string, { pg: number; stripe: Id; slots: number[] }>();
  for (const id of segments) {
    const segment = readSegment(tx, id);
    if (segment === undefined) throw new TesseraError('CORRUPT', `segment ${formatId(id)} has no record`);
    if (segment.refs > 1) {
      putSegment(tx, id, { ...segment, refs: segment.refs - 1 });
      continue;
    }
    tx.delete(segmentKey(id));
    const key = `${segment.pg}/${segment.stripe}`;
    const entry = deadSlots.get(key);
    if (entry === undefined) deadSlots.set(key, slotsOf(segment));
    else entry.slots.push(segment.slot);
  }
  tx.prefetch([...deadSlots.values()].map(({ pg, stripe }) => stripeKey(pg, stripe)));
  for (const { pg, stripe, slots } of deadSlots.values()) {
    const record = readStripe(tx, pg, stripe);
    if (record === undefined) throw new TesseraError('CORRUPT', `stripe ${formatId(stripe)} has no record`);
    burySlots(tx, pg, stripe, record, slots, change);
  }
}

function slotsOf({ pg, stripe, slot }: SegmentRecord) {
  return { pg, stripe, slots: [slot] };
}
