import type { Redundancy } from '@tessera/protocol';
import { Reach } from '../cluster/server-health.js';

/** A placement group in which the client has stripe ids left. */
export interface CandidateGroup {
  readonly pg: number;
  readonly members: readonly { readonly server: number; readonly filling: number }[];
}

export interface Site {
  readonly position: number;
  readonly server: number;
}

/** Where the next stripe can go and how wide it can be. */
export interface Placement {
  readonly pg: number;
  /** Positions with a server that takes writes, the one to use first in front. */
  readonly live: readonly Site[];
  /** Positions without, for parity shards that a degraded stripe must leave out. */
  readonly vacant: readonly Site[];
  /** Most data shards. */
  readonly dataCountMax: number;
  /** Parity shards that are written; fewer than the layout's only when degraded. */
  readonly parityWritten: number;
}

export interface PlacementInput {
  readonly groups: readonly CandidateGroup[];
  readonly redundancy: Redundancy;
  /** How well a server can be written to. */
  reach(server: number): Reach;
  /** Lower is better: bytes under way to a server, ties broken by chance. */
  load(server: number): number;
}

/** How wide a stripe over `live` positions may be; undefined when even a degraded one has no room. */
export function stripeWidth(
  live: number,
  { data, parity }: Redundancy,
): { dataCountMax: number; parityWritten: number } | undefined {
  if (live >= parity + 1) return { dataCountMax: Math.min(data, live - parity), parityWritten: parity };
  const parityWritten = parityMin(parity);
  return live >= parityWritten + 1 ? { dataCountMax: 1, parityWritten } : undefined;
}

/** The parity without which nothing is committed. */
export function parityMin(parity: number): number {
  return parity === 0 ? 0 : Math.max(1, parity - 1);
}

/**
 * The widest placement among the groups, in their order where several are as wide. Servers that missed heartbeats are
 * used only where the others are too few. Undefined when no group has room for even a degraded stripe.
 */
export function choosePlacement(input: PlacementInput): Placement | undefined {
  const { redundancy, groups } = input;
  let best: Placement | undefined;
  for (const group of groups) {
    const placement = placeIn(group, input);
    if (placement === undefined) continue;
    if (placement.dataCountMax === redundancy.data && placement.parityWritten === redundancy.parity) return placement;
    if (best === undefined || isWider(placement, best)) best = placement;
  }
  return best;
}

function isWider(a: Placement, b: Placement): boolean {
  return a.parityWritten === b.parityWritten ? a.dataCountMax > b.dataCountMax : a.parityWritten > b.parityWritten;
}

function placeIn(group: CandidateGroup, input: PlacementInput): Placement | undefined {
  const good: Site[] = [];
  const doubtful: Site[] = [];
  const vacant: Site[] = [];
  for (const [position, member] of group.members.entries()) {
    const server = bestHolder(member, input);
    const site = { position, server: server === 0 ? member.server : server };
    const reach = server === 0 ? Reach.NONE : input.reach(server);
    if (reach === Reach.GOOD) good.push(site);
    else if (reach === Reach.DOUBTFUL) doubtful.push(site);
    else vacant.push(site);
  }
  const wanted = input.redundancy.data + input.redundancy.parity;
  const live = [...byLoad(good, input), ...byLoad(doubtful, input).slice(0, Math.max(0, wanted - good.length))];
  const width = stripeWidth(live.length, input.redundancy);
  return width && { pg: group.pg, live, vacant, ...width };
}

/** The member, or the server that is filling beside it, whichever can be written to better; 0 = neither is there. */
function bestHolder(member: { server: number; filling: number }, input: PlacementInput): number {
  if (member.server === 0) return member.filling;
  if (member.filling === 0) return member.server;
  return input.reach(member.filling) < input.reach(member.server) ? member.filling : member.server;
}

function byLoad(sites: readonly Site[], input: PlacementInput): Site[] {
  const loaded = sites.map((site) => ({ site, load: input.load(site.server) }));
  return loaded.sort((a, b) => a.load - b.load || a.site.position - b.site.position).map(({ site }) => site);
}
