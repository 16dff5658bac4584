import type { Id, v1 } from '@tessera/protocol';
import type { ClusterView } from '../../cluster/cluster-view.js';
import type { MetadataStore, Transaction } from '../../store/transaction.js';

/**
 * Refuses commits under the lease from now on; what is still pending is made dead in the background. A lease that is
 * already closed is fine. @throws TesseraError COMMIT_REFUSED when another session holds it
 */
export function closeLease(
  _tx: Transaction,
  _cluster: ClusterView,
  _session: Id,
  _operation: v1.CloseLeaseOperation.$Properties,
): v1.CloseLeaseResult {
  throw new Error('being written');
}

/** Closes all leases of an ending session, in transactions of its own. Safe to repeat. */
export async function closeLeasesOfSession(_store: MetadataStore, _session: Id): Promise<void> {
  throw new Error('being written');
}
