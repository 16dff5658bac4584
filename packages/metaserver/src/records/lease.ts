import { decodeId, encodeId, type Id } from '@tessera/protocol';
import type { ReadTransaction, Transaction } from '../store/transaction.js';
import { leaseKey } from './keys.js';
import { decodeRecord, recordHeader, records } from './record.js';

/** A session's right to write stripes under the ids of its ranges and to have them committed. */
export interface LeaseRecord {
  session: Id;
  ranges: StripeRange[];
  /** Commits are refused; what is pending is being made dead, then the record goes. */
  closing: boolean;
}

/** `count` consecutive stripe ids in one placement group. */
export interface StripeRange {
  pg: number;
  firstStripe: Id;
  count: number;
}

export function readLease(tx: ReadTransaction, lease: Id): LeaseRecord | undefined {
  const value = tx.get(leaseKey(lease));
  return value === undefined ? undefined : decodeLease(value);
}

export function decodeLease(value: Uint8Array): LeaseRecord {
  const record = decodeRecord(records.Lease, value);
  return {
    session: decodeId(record.session),
    ranges: record.ranges.map((range) => ({
      pg: range.pg ?? 0,
      firstStripe: decodeId(range.firstStripe),
      count: range.count ?? 0,
    })),
    closing: record.closing,
  };
}

export function putLease(tx: Transaction, lease: Id, record: LeaseRecord): void {
  tx.put(leaseKey(lease), encodeLease(tx, record));
}

/** Writes the record of a lease whose id is fresh. */
export function insertLease(tx: Transaction, lease: Id, record: LeaseRecord): void {
  tx.insert(leaseKey(lease), encodeLease(tx, record));
}

function encodeLease(tx: Transaction, record: LeaseRecord): Uint8Array {
  return records.Lease.encode({
    header: recordHeader(tx),
    session: encodeId(record.session),
    ranges: record.ranges.map((range) => ({ ...range, firstStripe: encodeId(range.firstStripe) })),
    closing: record.closing,
  }).finish();
}
