import type { Id, Layout, v1 } from '@tessera/protocol';
import type { ClusterView } from '../../cluster/cluster-view.js';
import type { FileExtent } from '../../records/extent.js';
import type { Transaction } from '../../store/transaction.js';

export interface CommitRequest {
  session: Id;
  /** The effective layout of the file. */
  layout: Layout;
  extents: readonly v1.ExtentWrite.$Properties[];
  stripes: readonly v1.StripeWrite.$Properties[];
}

/**
 * Makes written shards part of the store. The first commit that names a stripe presents all its receipts and makes its
 * record; every named slot becomes live under a new segment. Returns the file's new extents, ascending and without
 * overlap; that they lie within the file is for the caller to check.
 * @throws TesseraError INVALID_ARGUMENT, COMMIT_REFUSED, RECEIPT_REFUSED, LEASE_CLOSED
 */
export function commitExtents(_tx: Transaction, _cluster: ClusterView, _request: CommitRequest): FileExtent[] {
  throw new Error('being written');
}
