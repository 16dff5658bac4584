import {
  distributionServersMin,
  type Layout,
  parseDistribution,
  requiredServers,
  TesseraError,
} from '@tessera/protocol';
import type { ClusterView } from '../../cluster/cluster-view.js';
import { carriesLabels, domainOf, levelLabel } from '../../cluster/failure-domain.js';
import { groupPositions, placeableServers, positionsAvailable } from '../../cluster/placement-domains.js';
import { currentGroups, type NumberedGroup } from '../../cluster/placement-set.js';
import type { Transaction } from '../../store/transaction.js';

/** Servers or numbers shown in a message; the rest is counted. */
const SERVERS_NAMED_MAX = 20;

/**
 * The placement groups that files of a layout may lie in: all current ones, or those that have every server it names. The
 * layout's redundancy must be satisfiable.
 * @throws TesseraError LAYOUT_UNSATISFIABLE saying which server is in the way, or what is too wide
 */
export function groupsForLayout(tx: Transaction, cluster: ClusterView, layout: Layout): NumberedGroup[] {
  checkSpread(cluster, layout);
  const required = requiredServers(layout);
  if (required.length > 0) checkServers(cluster, layout, required);
  const groups = currentGroups(tx, cluster, layout);
  if (required.length === 0) return groups;
  const fitting = groups.filter(({ group }) => {
    const members = new Set(group.members.flatMap(({ server, filling }) => [server, filling]));
    return required.every((server) => members.has(server));
  });
  if (fitting.length > 0) return fitting;
  return refuse(
    `none of the ${groups.length} placement groups has the servers ${required.join(', ')} together; a group has ` +
      `${groups[0]?.group.members.length ?? 0} servers. Name fewer servers, or choose them by placement labels`,
  );
}

function checkSpread(cluster: ClusterView, layout: Layout): void {
  const { width, servers, failureDomain, placementLabels, shardsPerDomain, redundancy, distribution } = layout;
  const needed = Math.max(width, servers.length, distributionServersMin(parseDistribution(distribution)));
  // Also the default's: the usual case asks no further.
  if (needed <= redundancy.data + redundancy.parity) return;
  const placeable = placeableServers(cluster.servers(), failureDomain, placementLabels);
  const positions = groupPositions(positionsAvailable(placeable, shardsPerDomain), redundancy);
  if (needed <= positions) return;
  const what =
    needed === width
      ? `width is ${width}`
      : needed === servers.length
        ? `${needed} servers are listed`
        : `the distribution ${distribution} needs ${needed} servers`;
  refuse(
    `${what}, but a placement group has ${positions} here: at most ${shardsPerDomain} in one ${levelLabel(failureDomain)}. ` +
      'Use fewer, or add chunkservers',
  );
}

function checkServers(cluster: ClusterView, layout: Layout, required: readonly number[]): void {
  const level = levelLabel(layout.failureDomain);
  const perDomain = new Map<string, number[]>();
  for (const number of required) {
    const server = cluster.server(number);
    if (server === undefined) refuse(`server ${number} is not registered; there are ${registered(cluster)}`);
    if (!carriesLabels(server.labels, layout.placementLabels)) {
      const wanted = layout.placementLabels.map(({ key, value }) => `${key}=${value}`).join(', ');
      refuse(
        `server ${number} does not carry the layout's placement labels ${wanted}; name another, or change the labels`,
      );
    }
    const domain = domainOf(server.labels, layout.failureDomain);
    if (domain === undefined) {
      refuse(`server ${number} has no label '${level}', which failure domain ${level} needs; name another`);
    }
    const together = [...(perDomain.get(domain) ?? []), number];
    perDomain.set(domain, together);
    if (together.length > layout.shardsPerDomain) {
      refuse(
        `servers ${together.join(' and ')} stand in one ${level}, '${domain}'; the layout allows ${layout.shardsPerDomain} ` +
          'there. Name servers apart, or choose another failure domain',
      );
    }
  }
}

function registered(cluster: ClusterView): string {
  const numbers = [...cluster.servers()].map(({ server }) => server).sort((a, b) => a - b);
  const more = numbers.length > SERVERS_NAMED_MAX ? ` and ${numbers.length - SERVERS_NAMED_MAX} more` : '';
  return `${numbers.slice(0, SERVERS_NAMED_MAX).join(', ') || 'none'}${more}`;
}

function refuse(message: string): never {
  throw new TesseraError('LAYOUT_UNSATISFIABLE', message);
}
