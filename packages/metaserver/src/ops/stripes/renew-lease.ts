import { decodeId, type Id, v1 } from '@tessera/protocol';
import type { ClusterView } from '../../cluster/cluster-view.js';
import type { Transaction } from '../../store/transaction.js';
import { openLease } from './open-lease.js';

/**
 * Gives a lease a whole term from now; nothing is written.
 * @throws TesseraError LEASE_CLOSED, COMMIT_REFUSED when another session holds it
 */
export function renewLease(
  tx: Transaction,
  cluster: ClusterView,
  session: Id,
  operation: v1.RenewLeaseOperation.$Properties,
): v1.RenewLeaseResult {
  const lease = decodeId(operation.lease);
  openLease(tx, lease, session);
  cluster.leases.extend(lease, session);
  return v1.RenewLeaseResult.create({ leaseMs: cluster.leases.leaseMs });
}
