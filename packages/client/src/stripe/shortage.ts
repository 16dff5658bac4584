import { type ErrorCode, formatRedundancy, type Layout, TesseraError, v1 } from '@tessera/protocol';
import type { ClusterMap, Server } from '../cluster/cluster-map.js';
import { type ServerFailure, ServerFailures } from '../cluster/server-failures.js';
import { Reach, type ServerHealth } from '../cluster/server-health.js';
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

/**
 * Of a stripe that could not be written: all are trouble of servers or of the way to them, and nothing is committed. CORRUPT
 * is what a server says that got other bytes than were sent.
 */
const OF_SERVERS: ReadonlySet<ErrorCode> = new Set(['DISK_FULL', 'DISK_FAILED', 'UNAVAILABLE', 'CORRUPT']);

/**
 * What is true once a segment was tried often enough: not what the server said that refused it last, but that the servers
 * asked did not take it, each with its reason. Any other error stays what it is.
 */
export function attemptsExhausted(failures: readonly ServerFailure[], last: TesseraError): TesseraError {
  if (!OF_SERVERS.has(last.code)) return last;
  const reasons = new Map(failures.map(({ server, message }) => [server, message]));
  return new TesseraError(
    'NOT_ENOUGH_SERVERS',
    `no stripe could be written; ${reasons.size} servers were asked and refused or failed: ${shownOf([...reasons.values()])}; ` +
      'free space or add servers where disks are full, bring back those that do not answer, look at the network of those that ' +
      'got other bytes than were sent, and try again',
    { cause: new ServerFailures(failures) },
  );
}

/**
 * What a layout needs of the cluster, what there is, which servers take nothing and why, and what to do, for people.
 * `groups`: the placement groups a stripe was to be put in, if that was tried.
 */
export function describeShortage(
  map: ClusterMap,
  health: ServerHealth,
  layout: Layout,
  groups: readonly number[] = [],
): string {
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
  const need = `${formatRedundancy(redundancy)} over failure domain '${level}' needs ${full} domains, at the very least ${least}`;
  const inGroups = live.size < least ? undefined : bestGroup(map, health, groups);
  const advice =
    missing.length > 0
      ? 'bring these back or free space on them, add servers, or give the directory a layout that needs fewer'
      : live.size < full
        ? 'add servers, or give the directory a layout that needs fewer'
        : 'some have just come back or been replaced: try again';
  return [
    `${need}; ${live.size} take writes`,
    ...(inGroups === undefined ? [] : [inGroups]),
    missing.length === 0 ? 'no server that the cluster map names refuses them' : `no writes to ${shownOf(missing)}`,
    advice,
  ].join('; ');
}

/** A stripe stays in one group: servers outside of it are of no use to it. */
function bestGroup(map: ClusterMap, health: ServerHealth, groups: readonly number[]): string | undefined {
  if (groups.length === 0) return undefined;
  const takes = (server: number) => server !== 0 && health.writeReach(map, server) !== Reach.NONE;
  const lives = groups.map((pg) => {
    const members = map.pgs.get(pg)?.members ?? [];
    return members.filter(({ server, filling }) => takes(server) || takes(filling)).length;
  });
  const best = Math.max(...lives);
  return `but in none of the ${groups.length} placement groups tried more than ${best}`;
}

function shownOf(servers: readonly string[]): string {
  const more = servers.length > SERVERS_SHOWN_MAX ? `; and ${servers.length - SERVERS_SHOWN_MAX} more` : '';
  return `${servers.slice(0, SERVERS_SHOWN_MAX).join('; ')}${more}`;
}
