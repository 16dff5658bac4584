import { formatId, formatRedundancy, type Id, type Layout, TesseraError, v1 } from '@tessera/protocol';
import { pgKey, pgSetKey, segmentKey, stripeKey } from '../../records/keys.js';
import { readPlacementGroup } from '../../records/placement-group.js';
import { type PlacementSetRecord, readPlacementSet } from '../../records/placement-set.js';
import { putSegment, readSegment, type SegmentRecord } from '../../records/segment.js';
import { readStripe, type StripeRecord } from '../../records/stripe.js';
import type { Transaction } from '../../store/transaction.js';
import { ONLY_TENANT } from './mixing-key.js';
import { stripeName } from './stripe-write.js';

const { DURABILITY_SYNCED } = v1.Durability;
const { MIXING_FILE } = v1.Mixing;

/** References are counted in 32 bits. */
const SEGMENT_REFS_MAX = 0xffff_ffff;

/**
 * Adds a reference to each segment, for a file under this layout. Their stripes stay what they are, so they must be no
 * less than the layout asks for. Two keys are read and one is written a segment, at most.
 * @throws TesseraError COMMIT_REFUSED saying what they lack, CORRUPT when a record is missing
 */
export function shareSegments(tx: Transaction, ids: readonly Id[], layout: Layout): void {
  tx.prefetch(ids.map(segmentKey));
  const stripes = new Map<string, SegmentRecord>();
  for (const id of ids) {
    const segment = readSegment(tx, id);
    if (segment === undefined) throw new TesseraError('CORRUPT', `segment ${formatId(id)} has no record`);
    if (segment.refs >= SEGMENT_REFS_MAX) refuse(`segment ${formatId(id)} has ${segment.refs} references already`);
    putSegment(tx, id, { ...segment, refs: segment.refs + 1 });
    stripes.set(`${segment.pg}/${segment.stripe}`, segment);
  }
  const places = [...stripes.values()];
  tx.prefetch(places.flatMap(({ pg, stripe }) => [pgKey(pg), stripeKey(pg, stripe)]));
  for (const { pg, stripe } of places) {
    const record = readStripe(tx, pg, stripe);
    if (record === undefined) throw new TesseraError('CORRUPT', `stripe ${formatId(stripe)} has no record`);
    const lack = lackOf(record, placementOf(tx, pg), layout);
    if (lack !== undefined) refuse(`stripe ${stripeName(pg, stripe)} ${lack}`);
  }
}

/** In what the stripe falls short of the layout; undefined when in nothing. */
function lackOf(stripe: StripeRecord, placement: PlacementSetRecord, layout: Layout): string | undefined {
  const { target, durability, mixing } = stripe;
  if (mixing.tenant !== ONLY_TENANT) return "is another tenant's";
  if (target.parity < layout.redundancy.parity) {
    return `was made for ${formatRedundancy(target)}, the layout there says ${formatRedundancy(layout.redundancy)}`;
  }
  if (layout.durability === DURABILITY_SYNCED && durability !== DURABILITY_SYNCED) {
    return 'was written without a sync, the layout there says synced';
  }
  if (layout.mixing === MIXING_FILE && mixing.mixing !== MIXING_FILE) {
    return 'may hold segments of other files, the layout there says that files share no stripes';
  }
  if (placement.failureDomain < layout.failureDomain || placement.shardsPerDomain > layout.shardsPerDomain) {
    return 'is spread over smaller failure domains than the layout there asks for';
  }
  const carries = ({ key, value }: { key: string; value: string }) =>
    placement.labels.some((label) => label.key === key && label.value === value);
  if (!layout.placementLabels.every(carries))
    return 'lies on servers without the labels that the layout there asks for';
  return undefined;
}

function placementOf(tx: Transaction, pg: number): PlacementSetRecord {
  const group = readPlacementGroup(tx, pg);
  if (group !== undefined) tx.prefetch([pgSetKey(group.set)]);
  const set = group && readPlacementSet(tx, group.set);
  if (set === undefined) throw new TesseraError('CORRUPT', `placement group ${pg} or its set has no record`);
  return set;
}

function refuse(why: string): never {
  throw new TesseraError('COMMIT_REFUSED', `the copy cannot share segments: ${why}; write its bytes anew`);
}
