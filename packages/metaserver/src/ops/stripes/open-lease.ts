import { formatId, type Id, TesseraError } from '@tessera/protocol';
import { type LeaseRecord, readLease } from '../../records/lease.js';
import type { ReadTransaction } from '../../store/transaction.js';

/** A lease that still allows commits. @throws TesseraError LEASE_CLOSED, COMMIT_REFUSED when another session holds it */
export function openLease(tx: ReadTransaction, lease: Id, session: Id): LeaseRecord {
  const record = readLease(tx, lease);
  if (record === undefined || record.closing) {
    throw new TesseraError(
      'LEASE_CLOSED',
      `lease ${formatId(lease)} is closed or never was: what was written under it is lost; get a new lease and write again`,
    );
  }
  checkHolder(lease, record, session);
  return record;
}

/** @throws TesseraError COMMIT_REFUSED */
export function checkHolder(lease: Id, record: LeaseRecord, session: Id): void {
  if (record.session !== session) {
    throw new TesseraError('COMMIT_REFUSED', `lease ${formatId(lease)} belongs to another session`);
  }
}

/** Whether the lease grants this stripe id. */
export function leaseCovers({ ranges }: LeaseRecord, pg: number, stripe: Id): boolean {
  return ranges.some(
    (range) => range.pg === pg && stripe >= range.firstStripe && stripe < range.firstStripe + BigInt(range.count),
  );
}
