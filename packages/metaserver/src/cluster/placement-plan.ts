import { domainSizes, type PlaceableServer } from './placement-domains.js';
import { SharedGroups } from './shared-groups.js';
import { spreadPairs } from './spread-pairs.js';

export interface PlacementInput {
  servers: readonly PlaceableServer[];
  /** Members of each group; at most what the domains allow. */
  positions: number;
  shardsPerDomain: number;
  groups: number;
}

/**
 * Members of each group by position: servers of one domain at most `shardsPerDomain` times, every server in equally many
 * groups as far as the domains allow, every pair of servers together in few, so that a lost disk is rebuilt from all
 * others. The same input gives the same plan.
 */
export function planPlacement(input: PlacementInput): number[][] {
  const servers = [...input.servers].sort((a, b) => a.server - b.server);
  const domainNames = [...domainSizes(servers).keys()];
  const domains = servers.map(({ domain }) => domainNames.indexOf(domain));
  const shared = new SharedGroups(servers.length);
  const loads = new Array<number>(servers.length).fill(0);
  const domainLoads = new Array<number>(domainNames.length).fill(0);
  const groups: number[][] = [];
  for (let group = 0; group < input.groups; group++) {
    const members = chooseMembers(group, input, { domains, loads, domainLoads, shared });
    shared.addGroup(members);
    for (const member of members) {
      loads[member] = (loads[member] as number) + 1;
      const domain = domains[member] as number;
      domainLoads[domain] = (domainLoads[domain] as number) + 1;
    }
    groups.push(members);
  }
  spreadPairs(groups, domains, input.shardsPerDomain, shared);
  return groups.map((members, group) =>
    members
      .sort((a, b) => mix(group, a) - mix(group, b) || a - b)
      .map((member) => (servers[member] as PlaceableServer).server),
  );
}

/** The groups made so far; servers and domains are indices. */
interface Progress {
  domains: readonly number[];
  /** In how many groups each server is. */
  loads: readonly number[];
  /** Members that each domain has given to groups. */
  domainLoads: readonly number[];
  shared: SharedGroups;
}

/**
 * One by one the server in the fewest groups; among those one of the domain that gave the fewest members, lest the last
 * ones left of a round stand in one domain; among those the one that shares fewest groups with the ones chosen already.
 */
function chooseMembers(group: number, { positions, shardsPerDomain }: PlacementInput, progress: Progress): number[] {
  const { domains, loads, domainLoads, shared } = progress;
  const chosen: number[] = [];
  const perDomain = new Array<number>(domainLoads.length).fill(0);
  const overlap = new Array<number>(domains.length).fill(0);
  const compare = (a: number, b: number) =>
    (loads[a] as number) - (loads[b] as number) ||
    (domainLoads[domains[a] as number] as number) - (domainLoads[domains[b] as number] as number) ||
    (overlap[a] as number) - (overlap[b] as number) ||
    mix(group, a) - mix(group, b);
  while (chosen.length < positions) {
    let best = -1;
    for (let server = 0; server < domains.length; server++) {
      if ((perDomain[domains[server] as number] as number) >= shardsPerDomain || chosen.includes(server)) continue;
      if (best < 0 || compare(server, best) < 0) best = server;
    }
    if (best < 0) throw new Error(`bug: the domains do not give ${positions} positions`);
    chosen.push(best);
    const domain = domains[best] as number;
    perDomain[domain] = (perDomain[domain] as number) + 1;
    for (let server = 0; server < domains.length; server++) {
      overlap[server] = (overlap[server] as number) + shared.count(server, best);
    }
  }
  return chosen;
}

/** Scatters (group, server) over 32 bits, so that ties and positions favour nobody. */
function mix(group: number, server: number): number {
  let hash = Math.imul(group + 1, 0x9e3779b1) ^ Math.imul(server + 1, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return (hash ^ (hash >>> 15)) >>> 0;
}
