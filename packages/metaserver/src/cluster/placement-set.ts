import type { Layout } from '@tessera/protocol';
import { putCluster, readCluster } from '../records/cluster.js';
import { pgKey, pgSetKey } from '../records/keys.js';
import { insertPlacementGroup, type PlacementGroupRecord, readPlacementGroup } from '../records/placement-group.js';
import { insertPlacementSet, type PlacementSetRecord, readPlacementSet } from '../records/placement-set.js';
import type { Transaction } from '../store/transaction.js';
import type { ClusterView, Label } from './cluster-view.js';
import { groupPositions, type PlaceableServer, placeableServers, positionsAvailable } from './placement-domains.js';
import { planPlacement } from './placement-plan.js';

/** Groups of one placement set. */
export const GROUPS_PER_SET = 64;

/**
 * With this share more servers than a set was spread over, new leases get a new set: the groups of a cluster grow with
 * the logarithm of its servers.
 */
const SERVER_GROWTH_MIN = 1 / 8;

export interface NumberedGroup {
  pg: number;
  group: PlacementGroupRecord;
}

/**
 * The placement groups that new stripes of a layout may go to. A set of them is made when there is none yet, and again
 * when more domains or clearly more servers have registered since; older sets keep what they hold. The layout must be
 * satisfiable.
 */
export function currentGroups(tx: Transaction, cluster: ClusterView, layout: Layout): NumberedGroup[] {
  const demand = demandOf(cluster, layout);
  const existing = newestFittingSet(tx, demand, layout);
  if (existing !== undefined && !outgrown(existing, demand)) {
    const domains = new Map(demand.servers.map(({ server, domain }) => [server, domain]));
    const groups = readGroups(tx, existing).filter(({ group }) => keepsDomainRule(group, domains));
    if (groups.length > 0) return groups;
  }
  const groups = makePlacementSet(tx, demand);
  cluster.groupsChanged();
  return groups;
}

/** What a set for a layout would be made of now. */
interface Demand {
  servers: PlaceableServer[];
  positions: number;
  failureDomain: Layout['failureDomain'];
  shardsPerDomain: number;
  labels: { key: string; value: string }[];
}

function demandOf(cluster: ClusterView, layout: Layout): Demand {
  const { failureDomain, shardsPerDomain, redundancy } = layout;
  const labels = sortedLabels(layout.placementLabels);
  const servers = placeableServers(cluster.servers(), failureDomain, labels);
  const positions = groupPositions(positionsAvailable(servers, shardsPerDomain), redundancy);
  return { servers, positions, failureDomain, shardsPerDomain, labels };
}

/** The newest was made from the most servers. */
function newestFittingSet(tx: Transaction, demand: Demand, { redundancy }: Layout): PlacementSetRecord | undefined {
  const { nextSet } = readCluster(tx);
  tx.prefetch(numbersFrom(1, nextSet - 1).map(pgSetKey));
  for (let set = nextSet - 1; set >= 1; set--) {
    const record = readPlacementSet(tx, set);
    if (
      record?.failureDomain === demand.failureDomain &&
      record.shardsPerDomain === demand.shardsPerDomain &&
      record.positions >= redundancy.data + redundancy.parity &&
      sameLabels(record.labels, demand.labels)
    ) {
      return record;
    }
  }
  return undefined;
}

function outgrown(set: PlacementSetRecord, { positions, servers }: Demand): boolean {
  return set.positions < positions || servers.length >= set.servers * (1 + SERVER_GROWTH_MIN);
}

function readGroups(tx: Transaction, { firstPg, pgCount }: PlacementSetRecord): NumberedGroup[] {
  const pgs = numbersFrom(firstPg, pgCount);
  tx.prefetch(pgs.map(pgKey));
  return pgs.flatMap((pg) => {
    const group = readPlacementGroup(tx, pg);
    return group === undefined ? [] : [{ pg, group }];
  });
}

function numbersFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** Servers can be given other labels after a set was made. */
function keepsDomainRule(
  { members, shardsPerDomain }: PlacementGroupRecord,
  domains: ReadonlyMap<number, string>,
): boolean {
  const counts = new Map<string, number>();
  for (const { server } of members) {
    const domain = domains.get(server);
    if (domain === undefined) return false;
    const count = (counts.get(domain) ?? 0) + 1;
    if (count > shardsPerDomain) return false;
    counts.set(domain, count);
  }
  return true;
}

function makePlacementSet(tx: Transaction, { servers, ...demand }: Demand): NumberedGroup[] {
  const numbers = readCluster(tx);
  const { nextPg: firstPg, nextSet: set } = numbers;
  const { failureDomain, shardsPerDomain, positions } = demand;
  const groups = planPlacement({ servers, positions, shardsPerDomain, groups: GROUPS_PER_SET }).map(
    (members, index): NumberedGroup => ({
      pg: firstPg + index,
      group: {
        epoch: 1,
        set,
        failureDomain,
        shardsPerDomain,
        members: members.map((server) => ({ server, filling: 0 })),
      },
    }),
  );
  for (const { pg, group } of groups) insertPlacementGroup(tx, pg, group);
  insertPlacementSet(tx, set, { ...demand, firstPg, pgCount: GROUPS_PER_SET, servers: servers.length });
  putCluster(tx, { ...numbers, nextPg: firstPg + GROUPS_PER_SET, nextSet: set + 1 });
  return groups;
}

function sortedLabels(labels: readonly Label[]): { key: string; value: string }[] {
  return labels
    .map(({ key, value }) => ({ key, value }))
    .sort((a, b) => compare(a.key, b.key) || compare(a.value, b.value));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function sameLabels(a: readonly Label[], b: readonly Label[]): boolean {
  return (
    a.length === b.length && a.every(({ key, value }, index) => key === b[index]?.key && value === b[index]?.value)
  );
}
