import { formatRedundancy, type Layout, TesseraError } from '@tessera/protocol';
import type { ClusterView } from '../../cluster/cluster-view.js';
import { carriesLabels, levelLabel } from '../../cluster/failure-domain.js';
import { domainSizes, placeableServers, positionsAvailable } from '../../cluster/placement-domains.js';

/**
 * Whether the registered servers, up or not, could hold a full stripe of the layout.
 * @throws TesseraError LAYOUT_UNSATISFIABLE saying how many domains there are and how many are needed
 */
export function checkSatisfiable(cluster: ClusterView, layout: Layout): void {
  const { redundancy, failureDomain, shardsPerDomain, placementLabels } = layout;
  const placeable = placeableServers(cluster.servers(), failureDomain, placementLabels);
  const shards = redundancy.data + redundancy.parity;
  if (positionsAvailable(placeable, shardsPerDomain) >= shards) return;
  const level = levelLabel(failureDomain);
  const domains = domainSizes(placeable).size;
  const needed = Math.ceil(shards / shardsPerDomain);
  const labelled = placementLabels.map(({ key, value }) => `${key}=${value}`).join(', ');
  const where = labelled === '' ? '' : ` with the labels ${labelled}`;
  const unlabelled = [...cluster.servers()].filter(
    ({ labels }) => carriesLabels(labels, placementLabels) && !labels.some(({ key }) => key === level),
  ).length;
  throw new TesseraError(
    'LAYOUT_UNSATISFIABLE',
    `${formatRedundancy(redundancy)} with at most ${shardsPerDomain} of its ${shards} shards in one ${level} needs ` +
      `${needed} ${level} domains${where}; ${domains} are registered, with ${placeable.length} servers` +
      `${unlabelled > 0 ? ` (${unlabelled} more name no ${level})` : ''}. ` +
      'Add chunkservers, choose less redundancy or another failure domain',
  );
}
