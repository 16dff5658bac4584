import type { Redundancy, v1 } from '@tessera/protocol';
import type { Label } from './cluster-view.js';
import { carriesLabels, domainOf } from './failure-domain.js';

/** A group gets no more positions than this, or than k + m where that is more. */
export const GROUP_POSITIONS_MAX = 16;

/** A server that may be a member, and the failure domain it stands in. */
export interface PlaceableServer {
  server: number;
  domain: string;
}

/** Servers that carry all labels and name a domain at the level, by number. */
export function placeableServers(
  servers: Iterable<{ server: number; labels: readonly Label[] }>,
  level: v1.DomainLevel,
  labels: readonly Label[],
): PlaceableServer[] {
  const placeable: PlaceableServer[] = [];
  for (const { server, labels: own } of servers) {
    const domain = domainOf(own, level);
    if (domain !== undefined && carriesLabels(own, labels)) placeable.push({ server, domain });
  }
  return placeable.sort((a, b) => a.server - b.server);
}

/** How many servers each domain has. */
export function domainSizes(servers: readonly PlaceableServer[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { domain } of servers) sizes.set(domain, (sizes.get(domain) ?? 0) + 1);
  return sizes;
}

/** Most positions a group can have: each domain gives at most `shardsPerDomain`. */
export function positionsAvailable(servers: readonly PlaceableServer[], shardsPerDomain: number): number {
  let positions = 0;
  for (const size of domainSizes(servers).values()) positions += Math.min(size, shardsPerDomain);
  return positions;
}

/** How many positions groups for this redundancy get: as many as the domains allow, within bounds. */
export function groupPositions(available: number, { data, parity }: Redundancy): number {
  return Math.min(available, Math.max(GROUP_POSITIONS_MAX, data + parity));
}
