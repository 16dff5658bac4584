import type { Id, v1 } from '@tessera/protocol';
import type { ClusterView } from '../../cluster/cluster-view.js';
import type { Transaction } from '../../store/transaction.js';

/** @throws TesseraError LEASE_CLOSED, COMMIT_REFUSED when another session holds it */
export function renewLease(
  _tx: Transaction,
  _cluster: ClusterView,
  _session: Id,
  _operation: v1.RenewLeaseOperation.$Properties,
): v1.RenewLeaseResult {
  throw new Error('being written');
}
