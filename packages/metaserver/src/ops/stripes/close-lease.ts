import { decodeId, type Id, readUint64, v1 } from '@tessera/protocol';
import type { ClusterView } from '../../cluster/cluster-view.js';
import { Table } from '../../records/keys.js';
import { decodeLease, putLease, readLease } from '../../records/lease.js';
import type { MetadataStore, Transaction } from '../../store/transaction.js';
import { checkHolder } from './open-lease.js';

/** Leases one walk over the lease table reads at a time. */
const LEASES_PER_SCAN = 1_000;

/**
 * Refuses commits under the lease from now on; what is still pending is made dead in the background. A lease that is
 * already closed is fine. @throws TesseraError COMMIT_REFUSED when another session holds it
 */
export function closeLease(
  tx: Transaction,
  _cluster: ClusterView,
  session: Id,
  operation: v1.CloseLeaseOperation.$Properties,
): v1.CloseLeaseResult {
  const lease = decodeId(operation.lease);
  const record = readLease(tx, lease);
  if (record !== undefined) {
    checkHolder(lease, record, session);
    markClosing(tx, lease);
  }
  return v1.CloseLeaseResult.create();
}

export function markClosing(tx: Transaction, lease: Id): void {
  const record = readLease(tx, lease);
  if (record !== undefined && !record.closing) putLease(tx, lease, { ...record, closing: true });
}

/** Closes all leases of an ending session, in transactions of its own. Safe to repeat. */
export async function closeLeasesOfSession(store: MetadataStore, session: Id): Promise<void> {
  for await (const { lease, record } of allLeases(store)) {
    if (record.session === session && !record.closing) await store.transact((tx) => markClosing(tx, lease));
  }
}

/** Walks over the lease table. */
export async function* allLeases(store: MetadataStore) {
  const to = Uint8Array.of(Table.LEASE + 1);
  let from: Uint8Array = Uint8Array.of(Table.LEASE);
  for (;;) {
    const entries = await store.scan({ from, to }, LEASES_PER_SCAN);
    for (const { key, value } of entries) yield { lease: readUint64(key, 1), record: decodeLease(value) };
    const last = entries.at(-1);
    if (last === undefined || entries.length < LEASES_PER_SCAN) return;
    from = Uint8Array.of(...last.key, 0);
  }
}
