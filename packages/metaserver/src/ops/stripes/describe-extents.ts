import type { v1 } from '@tessera/protocol';
import type { FileExtent } from '../../records/extent.js';
import type { ReadTransaction } from '../../store/transaction.js';

/** Where the extents lie, as readers need it: each stripe once, extents pointing into them. */
export function describeExtents(
  _tx: ReadTransaction,
  _extents: readonly FileExtent[],
): { extents: v1.Extent[]; stripes: v1.Stripe[] } {
  throw new Error('being written');
}
