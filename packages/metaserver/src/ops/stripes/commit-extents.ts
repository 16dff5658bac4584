import {
  EXTENTS_PER_COMMIT_MAX,
  ID_NONE,
  type Id,
  type Layout,
  STRIPES_PER_COMMIT_MAX,
  TesseraError,
  v1,
} from '@tessera/protocol';
import type { ClusterView } from '../../cluster/cluster-view.js';
import type { FileExtent } from '../../records/extent.js';
import { leaseKey, pgKey, stripeKey, TOTALS_KEY } from '../../records/keys.js';
import type { LeaseRecord } from '../../records/lease.js';
import { readPlacementGroup } from '../../records/placement-group.js';
import { insertRepair } from '../../records/repair.js';
import { insertSegment } from '../../records/segment.js';
import {
  insertStripe,
  type MixingKey,
  putStripe,
  readStripe,
  type SlotRecord,
  type StripeRecord,
} from '../../records/stripe.js';
import type { Transaction } from '../../store/transaction.js';
import { checkCode, checkDurability, checkNewStripe, durabilityOf } from './check-new-stripe.js';
import { type ExtentWrite, parseExtentWrites } from './extent-write.js';
import { describeMixing, sameMixing } from './mixing-key.js';
import { checkHolder, leaseCovers, openLease } from './open-lease.js';
import { parseStripeWrite, type StripeWrite, stripeName } from './stripe-write.js';
import type { StripeTotals } from './totals.js';

const { SLOT_STATE_PENDING, SLOT_STATE_LIVE, SLOT_STATE_MISSING } = v1.SlotState;

export interface CommitRequest {
  session: Id;
  /** The effective layout of the file. */
  layout: Layout;
  /** With which other files it may share stripes. */
  mixing: MixingKey;
  extents: readonly v1.ExtentWrite.$Properties[];
  stripes: readonly v1.StripeWrite.$Properties[];
}

/**
 * Makes written shards part of the store. The first commit that names a stripe presents all its receipts and makes its
 * record; every named slot becomes live under a new segment. Adds to `change` what that means for the totals. Returns
 * the file's new extents, ascending and without overlap; that they lie within the file is for the caller to check.
 * @throws TesseraError INVALID_ARGUMENT, COMMIT_REFUSED, RECEIPT_REFUSED, LEASE_CLOSED
 */
export function commitExtents(
  tx: Transaction,
  cluster: ClusterView,
  request: CommitRequest,
  change: StripeTotals,
): FileExtent[] {
  const extents = parseExtentWrites(bounded(request.extents, EXTENTS_PER_COMMIT_MAX, 'extents'));
  const writes = bounded(request.stripes, STRIPES_PER_COMMIT_MAX, 'stripes').map(parseStripeWrite);
  tx.prefetch([TOTALS_KEY, ...writes.flatMap(keysOf)]);
  const leases = new Map<Id, LeaseRecord>();
  const presented = new Map<string, PresentedStripe>();
  for (const write of writes) {
    const name = stripeName(write.pg, write.stripe);
    if (presented.has(name)) throw new TesseraError('INVALID_ARGUMENT', `stripe ${name} is presented twice`);
    const holder = write.lender === ID_NONE ? request.session : write.lender;
    const lease = leases.get(write.lease) ?? openLease(tx, write.lease, holder);
    checkHolder(write.lease, lease, holder);
    leases.set(write.lease, lease);
    presented.set(name, presentStripe(tx, cluster, request, lease, write));
  }
  const committed = extents.map((extent) => nameSlot(tx, request.layout, presented, extent));
  for (const stripe of presented.values()) {
    for (const shared of stripe.shared?.values() ?? []) insertShared(tx, stripe.write, shared);
    writeStripe(tx, stripe, change);
  }
  return committed;
}

function keysOf({ pg, stripe, lease }: StripeWrite): Uint8Array[] {
  return [leaseKey(lease), pgKey(pg), stripeKey(pg, stripe)];
}

interface PresentedStripe {
  write: StripeWrite;
  record: StripeRecord;
  isNew: boolean;
  namedBytes: number;
  /** By slot. */
  shared: Map<number, SharedSlot> | undefined;
}

/** A slot that several extents of this commit name, each a part of it. */
interface SharedSlot {
  index: number;
  slot: SlotRecord;
  parts: { offset: number; length: number }[];
}

function presentStripe(
  tx: Transaction,
  cluster: ClusterView,
  { layout, mixing }: CommitRequest,
  lease: LeaseRecord,
  write: StripeWrite,
): PresentedStripe {
  checkCode(layout, write);
  if (!leaseCovers(lease, write.pg, write.stripe)) refuse(write, 'its id is outside the ranges of the lease');
  const existing = readStripe(tx, write.pg, write.stripe);
  if (existing === undefined || write.lender !== ID_NONE) checkReceipts(tx, cluster, layout, write);
  if (existing !== undefined) {
    if (!sameStripe(existing, write)) refuse(write, 'an earlier commit presented it with other content');
    checkDurability(layout, write, existing.durability);
    if (!sameMixing(existing.mixing, mixing)) refuseMixing(write, existing.mixing, mixing);
    return { write, record: existing, isNew: false, namedBytes: 0, shared: undefined };
  }
  return { write, record: newRecord(write, mixing), isNew: true, namedBytes: 0, shared: undefined };
}

/** Whoever presents a stripe for another session proves by its receipts that its writer wants that. */
function checkReceipts(tx: Transaction, cluster: ClusterView, layout: Layout, write: StripeWrite): void {
  const group = readPlacementGroup(tx, write.pg);
  if (group === undefined) refuse(write, 'its placement group does not exist');
  else checkNewStripe(cluster, layout, group, write);
}

function newRecord(write: StripeWrite, mixing: MixingKey): StripeRecord {
  const { dataCount, parityCount, slots, lease, target } = write;
  const states: SlotRecord[] = slots.map(({ position, length, root, receipt }, index) => {
    const present = index < dataCount ? SLOT_STATE_PENDING : SLOT_STATE_LIVE;
    const state = receipt.length === 0 ? SLOT_STATE_MISSING : present;
    return { position, length, root, state, segment: ID_NONE, deadNs: 0n };
  });
  const repairOwed = states.some(({ state }) => state === SLOT_STATE_MISSING);
  const durability = durabilityOf(write);
  return { dataCount, parityCount, slots: states, lease, target, repairOwed, durability, mixing };
}

function sameStripe(record: StripeRecord, write: StripeWrite): boolean {
  return (
    record.dataCount === write.dataCount &&
    record.parityCount === write.parityCount &&
    record.slots.every((slot, index) => {
      const other = write.slots[index];
      return slot.position === other?.position && slot.length === other.length && slot.root === other.root;
    })
  );
}

/** Makes the slot that the extent names live, under a new segment. */
function nameSlot(
  tx: Transaction,
  layout: Layout,
  presented: ReadonlyMap<string, PresentedStripe>,
  { fileOffset, length, pg, stripe, slot: index, segmentOffset }: ExtentWrite,
): FileExtent {
  const entry = presented.get(stripeName(pg, stripe));
  if (entry === undefined) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `the extent at offset ${fileOffset} lies in stripe ${stripeName(pg, stripe)}, which is not presented`,
    );
  }
  const { record, write } = entry;
  const slot = record.slots[index];
  if (slot === undefined || index >= record.dataCount) {
    return refuse(write, `slot ${index} is none of its ${record.dataCount} data slots`);
  }
  const beside = entry.shared?.get(index);
  if (beside !== undefined) {
    beside.parts.push({ offset: segmentOffset, length });
    return { fileOffset, length, segment: slot.segment, segmentOffset };
  }
  if (slot.state !== SLOT_STATE_PENDING) {
    const state = slot.state === SLOT_STATE_LIVE ? 'has been named already' : 'is dead';
    refuse(write, `slot ${index} ${state}; each written segment can be committed once`);
  }
  if (slot.length > layout.segmentBytes) {
    refuse(write, `slot ${index} has ${slot.length} bytes; the layout's segments have at most ${layout.segmentBytes}`);
  }
  slot.state = SLOT_STATE_LIVE;
  entry.namedBytes += slot.length;
  const segment = tx.newId();
  slot.segment = segment;
  if (segmentOffset === 0 && length === slot.length) {
    insertSegment(tx, segment, { pg, stripe, slot: index, length, root: slot.root, refs: 1 });
  } else {
    entry.shared ??= new Map();
    entry.shared.set(index, { index, slot, parts: [{ offset: segmentOffset, length }] });
  }
  return { fileOffset, length, segment, segmentOffset };
}

/** Each byte of the segment belongs to one extent: what nobody refers to would never be given back. */
function insertShared(tx: Transaction, write: StripeWrite, { index, slot, parts }: SharedSlot): void {
  let end = 0;
  for (const { offset, length } of parts.toSorted((one, other) => one.offset - other.offset)) {
    if (offset !== end) {
      const why = offset < end ? 'two extents have' : 'no extent has';
      refuse(write, `of slot ${index} ${why} byte ${Math.min(offset, end)}; together they are to be the whole of it`);
    }
    end += length;
  }
  if (end !== slot.length) refuse(write, `slot ${index} has ${slot.length} bytes, the extents in it ${end}`);
  const { pg, stripe } = write;
  insertSegment(tx, slot.segment, { pg, stripe, slot: index, length: end, root: slot.root, refs: parts.length });
}

function writeStripe(
  tx: Transaction,
  { write, record, isNew, namedBytes }: PresentedStripe,
  change: StripeTotals,
): void {
  const { pg, stripe } = write;
  if (namedBytes === 0) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `stripe ${stripeName(pg, stripe)} is presented but no extent lies in it`,
    );
  }
  change.liveBytes += namedBytes;
  if (record.slots.every(({ state }) => state !== SLOT_STATE_PENDING)) record.lease = ID_NONE;
  if (!isNew) {
    putStripe(tx, pg, stripe, record);
    return;
  }
  insertStripe(tx, pg, stripe, record);
  change.stripes += 1;
  for (const slot of record.slots.slice(record.dataCount)) {
    if (slot.state === SLOT_STATE_LIVE) change.liveBytes += slot.length;
  }
  if (record.repairOwed) {
    insertRepair(tx, pg, stripe, missingSlots(record));
    change.repairsOwed += 1;
  }
}

function missingSlots(record: StripeRecord): number[] {
  return record.slots.flatMap(({ state }, index) => (state === SLOT_STATE_MISSING ? [index] : []));
}

function bounded<T>(items: readonly T[], max: number, what: string): readonly T[] {
  if (items.length > max) {
    throw new TesseraError('INVALID_ARGUMENT', `${items.length} ${what} in one commit; at most ${max} are allowed`);
  }
  return items;
}

function refuseMixing(write: StripeWrite, theirs: MixingKey, ours: MixingKey): never {
  refuse(
    write,
    `its first commit made it one for files ${describeMixing(theirs)}; this file may share stripes with files ${describeMixing(ours)}: write it again, into other stripes`,
  );
}

function refuse(write: StripeWrite, message: string): never {
  throw new TesseraError('COMMIT_REFUSED', `stripe ${stripeName(write.pg, write.stripe)}: ${message}`);
}
