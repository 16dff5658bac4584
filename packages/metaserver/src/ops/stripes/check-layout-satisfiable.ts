import type { Layout } from '@tessera/protocol';
import type { ClusterView } from '../../cluster/cluster-view.js';

/**
 * Whether the registered servers, up or not, could hold a full stripe of the layout.
 * @throws TesseraError LAYOUT_UNSATISFIABLE saying how many domains there are and how many are needed
 */
export function checkSatisfiable(_cluster: ClusterView, _layout: Layout): void {
  throw new Error('being written');
}
