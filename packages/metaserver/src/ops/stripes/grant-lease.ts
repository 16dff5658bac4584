import type { Id, v1 } from '@tessera/protocol';
import type { ClusterView } from '../../cluster/cluster-view.js';
import type { Transaction } from '../../store/transaction.js';

/** @throws TesseraError INVALID_ARGUMENT, INVALID_LAYOUT, LAYOUT_UNSATISFIABLE, NOT_ENOUGH_SERVERS */
export function grantLease(
  _tx: Transaction,
  _cluster: ClusterView,
  _session: Id,
  _operation: v1.GrantLeaseOperation.$Properties,
): v1.GrantLeaseResult {
  throw new Error('being written');
}
