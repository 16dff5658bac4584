import { distributionServersMin, type Layout, parseDistribution, v1 } from '@tessera/protocol';
import { mix } from './mix.js';
import type { CandidateGroup } from './placement.js';

export interface WindowInput {
  readonly members: CandidateGroup['members'];
  readonly layout: Layout;
  /** Of the file, a whole number below 2^32: equal seeds give equal windows. */
  readonly seed: number;
  /** Servers on the writer's host. */
  readonly local: ReadonlySet<number>;
}

/**
 * The positions of a placement group that a file spreads over, in the order of its servers: server s of the layout's
 * distribution stands at position `window[s]`. Undefined where the group lacks a server that the layout asks for, or has
 * fewer positions than it needs.
 */
export function serverWindow(input: WindowInput): readonly number[] | undefined {
  const { members, layout } = input;
  const base =
    layout.servers.length === 0 ? byNumber(members) : layout.servers.map((each) => positionOf(members, each));
  if (base.includes(-1)) return undefined;
  const ordered = inOrder(base, input);
  const start = layout.startServer === 0 ? 0 : ordered.indexOf(positionOf(members, layout.startServer));
  const spread = spreadOf(ordered.length, input);
  if (start < 0 || spread === 0 || spread > ordered.length) return undefined;
  return turned(ordered, start).slice(0, spread);
}

function inOrder(base: readonly number[], { members, layout, seed, local }: WindowInput): readonly number[] {
  switch (layout.serverOrder) {
    case v1.ServerOrder.SERVER_ORDER_IN_ORDER:
      return byNumber(members).filter((position) => base.includes(position));
    case v1.ServerOrder.SERVER_ORDER_ROUND_ROBIN:
      return turned(base, seed % base.length);
    case v1.ServerOrder.SERVER_ORDER_RANDOM:
      return [...base].sort((a, b) => mix(seed, a) - mix(seed, b) || a - b);
    case v1.ServerOrder.SERVER_ORDER_LOCAL: {
      const here = base.filter((position) => isHere(members[position], local));
      return [...here, ...base.filter((position) => !here.includes(position))];
    }
    default:
      return layout.servers.length > 0 ? base : turned(base, seed % base.length);
  }
}

/** How many positions; 0 where the group does not do. */
function spreadOf(positions: number, { members, layout, local }: WindowInput): number {
  const needed = distributionServersMin(parseDistribution(layout.distribution));
  let spread = layout.width === 0 ? positions : layout.width;
  if (layout.serverOrder === v1.ServerOrder.SERVER_ORDER_LOCAL) {
    const here = members.filter((member) => isHere(member, local)).length;
    if (here === 0) return 0;
    if (layout.width === 0) spread = Math.max(here, needed);
  }
  return spread < needed ? 0 : spread;
}

function byNumber(members: CandidateGroup['members']): readonly number[] {
  const number = (position: number) => members[position]?.server || members[position]?.filling || 2 ** 32;
  return members.map((_, position) => position).sort((a, b) => number(a) - number(b) || a - b);
}

function positionOf(members: CandidateGroup['members'], server: number): number {
  const held = members.findIndex((member) => member.server === server);
  return held >= 0 ? held : members.findIndex((member) => member.filling === server);
}

function isHere(member: CandidateGroup['members'][number] | undefined, local: ReadonlySet<number>): boolean {
  return member !== undefined && (local.has(member.server) || local.has(member.filling));
}

function turned(positions: readonly number[], start: number): readonly number[] {
  return [...positions.slice(start), ...positions.slice(0, start)];
}
