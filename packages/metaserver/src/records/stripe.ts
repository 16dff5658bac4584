import { decodeId, encodeId, ID_NONE, type Id, type Redundancy, toBigInt, toLong, type v1 } from '@tessera/protocol';
import type { ReadTransaction, Transaction } from '../store/transaction.js';
import { stripeKey } from './keys.js';
import { decodeRecord, recordHeader, records } from './record.js';

/** What became of a stripe: data slots first, then parity. */
export interface StripeRecord {
  dataCount: number;
  parityCount: number;
  slots: SlotRecord[];
  /** The lease under which it was written, while a slot is pending; else ID_NONE. */
  lease: Id;
  /** k and m of the layout: what a full stripe would have. */
  target: Redundancy;
  /** It has a row among the repairs: spares those who bury a slot the look for one. */
  repairOwed: boolean;
  /** The least that one of its receipts vouched for. */
  durability: v1.Durability;
  /** What its first commit said; for good. */
  mixing: MixingKey;
}

/** Which files may share a stripe, from its first commit on and when it is merged with others: those with an equal key. */
export interface MixingKey {
  /** 0 until there are tenants. */
  tenant: number;
  mixing: v1.Mixing;
  /** The file or directory that `mixing` bounds it to; ID_NONE for a tenant. */
  inode: Id;
}

export interface SlotRecord {
  position: number;
  /** Bytes of the shard. */
  length: number;
  root: bigint;
  state: v1.SlotState;
  /** The segment that a named data slot holds, or held when it is dead; else ID_NONE. */
  segment: Id;
  /** When it died, in ns since the Unix epoch; 0 before. */
  deadNs: bigint;
}

export function readStripe(tx: ReadTransaction, pg: number, stripe: Id): StripeRecord | undefined {
  const value = tx.get(stripeKey(pg, stripe));
  return value === undefined ? undefined : decodeStripe(value);
}

export function decodeStripe(value: Uint8Array): StripeRecord {
  const record = decodeRecord(records.Stripe, value);
  return {
    dataCount: record.dataCount,
    parityCount: record.parityCount,
    slots: record.slots.map((slot) => ({
      position: slot.position ?? 0,
      length: slot.length ?? 0,
      root: decodeId(slot.root),
      state: slot.state ?? 0,
      segment: decodeId(slot.segment),
      deadNs: toBigInt(slot.deadNs),
    })),
    lease: decodeId(record.lease),
    target: { data: record.target?.data ?? 0, parity: record.target?.parity ?? 0 },
    repairOwed: record.repairOwed,
    durability: record.durability,
    mixing: { tenant: record.tenant, mixing: record.mixing, inode: decodeId(record.mixingInode) },
  };
}

export function putStripe(tx: Transaction, pg: number, stripe: Id, record: StripeRecord): void {
  tx.put(stripeKey(pg, stripe), encodeStripe(tx, record));
}

/** Writes the record of a stripe that has none yet. */
export function insertStripe(tx: Transaction, pg: number, stripe: Id, record: StripeRecord): void {
  tx.insert(stripeKey(pg, stripe), encodeStripe(tx, record));
}

function encodeStripe(tx: Transaction, record: StripeRecord): Uint8Array {
  const { tenant, mixing, inode } = record.mixing;
  return records.Stripe.encode({
    header: recordHeader(tx),
    dataCount: record.dataCount,
    parityCount: record.parityCount,
    slots: record.slots.map(slotToRecord),
    lease: record.lease === ID_NONE ? null : encodeId(record.lease),
    target: record.target,
    repairOwed: record.repairOwed,
    durability: record.durability,
    tenant,
    mixing,
    mixingInode: inode === ID_NONE ? null : encodeId(inode),
  }).finish();
}

function slotToRecord({ position, length, root, state, segment, deadNs }: SlotRecord): records.Slot.$Properties {
  return {
    position,
    length,
    root: encodeId(root),
    state,
    segment: segment === ID_NONE ? null : encodeId(segment),
    deadNs: deadNs === 0n ? null : toLong(deadNs),
  };
}
