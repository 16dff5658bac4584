import { formatRedundancy, type Layout, v1 } from '@tessera/protocol';
import type { ClusterMap, Server } from '../cluster/cluster-map.js';
import type { ServerFailure } from '../cluster/server-failures.js';
import type { ServerHealth } from '../cluster/server-health.js';
import { parityMin } from './placement.js';

const LEVEL_NAMES: Readonly<Record<number, string>> = {
  [v1.DomainLevel.DOMAIN_LEVEL_DISK]: 'disk',
  [v1.DomainLevel.DOMAIN_LEVEL_HOST]: 'host',
  [v1.DomainLevel.DOMAIN_LEVEL_RACK]: 'rack',
  [v1.DomainLevel.DOMAIN_LEVEL_SITE]: 'site',
  [v1.DomainLevel.DOMAIN_LEVEL_REGION]: 'region',
};

/** Servers shown by name in a message; the rest is counted. */
const SERVERS_SHOWN_MAX = 12;

/** Chunkservers with the layout's labels that take no writes, and why. */
export function missingServers(map: ClusterMap, health: ServerHealth, layout: Layout): ServerFailure[] {
  return [...map.servers.values()].flatMap((server) => {
    const message = health.writeObstacle(map, server.server);
    if (message === undefined || !carries(server, layout)) return [];
    const code = server.diskState === v1.DiskState.DISK_STATE_FULL ? 'DISK_FULL' : 'UNAVAILABLE';
    return [{ server: server.server, address: server.address, code, message }];
  });
}

function carries({ labels }: Server, { placementLabels }: Layout): boolean {
  return placementLabels.every(({ key, value }) => labels.some((label) => label.key === key && label.value === value));
}

/** What a layout needs of the cluster, what there is and which servers are missing, for people. */
export function describeShortage(map: ClusterMap, health: ServerHealth, layout: Layout): string {
  const { redundancy, failureDomain } = layout;
  const level = LEVEL_NAMES[failureDomain] ?? 'host';
  const live = new Set<string>();
  const missing: string[] = [];
  for (const server of map.servers.values()) {
    if (!carries(server, layout)) continue;
    const obstacle = health.writeObstacle(map, server.server);
    if (obstacle !== undefined) missing.push(`${server.title}: ${obstacle}`);
    else live.add(server.labels.find(({ key }) => key === level)?.value ?? '');
  }
  const full = redundancy.data + redundancy.parity;
  const least = 1 + parityMin(redundancy.parity);
  const shown = missing.slice(0, SERVERS_SHOWN_MAX).join('; ');
  const more = missing.length > SERVERS_SHOWN_MAX ? `; and ${missing.length - SERVERS_SHOWN_MAX} more` : '';
  return (
    `${formatRedundancy(redundancy)} over failure domain '${level}' needs ${full} domains, at the very least ${least}; ` +
    `${live.size} take writes. Missing: ${shown || 'none that the cluster map names'}${more}`
  );
}
