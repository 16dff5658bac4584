import { shuffle } from '@tessera/env';
import {
  checkLayout,
  DEFAULT_LAYOUT,
  encodeId,
  formatId,
  formatRedundancy,
  type Id,
  inheritLayout,
  LEASE_PGS_MAX,
  LEASE_STRIPES_MAX,
  linesUp,
  type Redundancy,
  TesseraError,
  v1,
} from '@tessera/protocol';
import type { ClusterServer, ClusterView } from '../../cluster/cluster-view.js';
import { LEASES_PER_SESSION_MAX } from '../../cluster/lease-deadlines.js';
import { type LiveMembers, liveMembers, takesWrites } from '../../cluster/live-members.js';
import type { NumberedGroup } from '../../cluster/placement-set.js';
import { insertLease, type StripeRange } from '../../records/lease.js';
import type { Transaction } from '../../store/transaction.js';
import { checkSatisfiable } from './check-layout-satisfiable.js';
import { groupsForLayout } from './groups-for-layout.js';

/** One lease grants no more stripe ids than this over all its groups; closing it walks through them. */
export const LEASE_STRIPES_TOTAL_MAX = 16_384;

const SERVERS_NAMED_MAX = 10;

/**
 * Grants stripe ids in groups that can take whole stripes, picked at random among the best; for a layout that lines files
 * up, the same for all who ask. Ranges may be shorter than asked for.
 * @throws TesseraError INVALID_ARGUMENT, INVALID_LAYOUT, LAYOUT_UNSATISFIABLE, NOT_ENOUGH_SERVERS, OVERLOADED
 */
export function grantLease(
  tx: Transaction,
  cluster: ClusterView,
  session: Id,
  operation: v1.GrantLeaseOperation.$Properties,
): v1.GrantLeaseResult {
  const pgs = within(operation.pgs, LEASE_PGS_MAX, 'pgs');
  const stripesPerPg = within(operation.stripesPerPg, LEASE_STRIPES_MAX, 'stripes_per_pg');
  if (!operation.layout?.redundancy) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      'a lease is granted for an effective layout; this one has no redundancy',
    );
  }
  const layout = inheritLayout(DEFAULT_LAYOUT, operation.layout);
  checkLayout(layout);
  checkHeld(cluster, session);
  checkSatisfiable(cluster, layout);
  const groups = withAnyOf(groupsForLayout(tx, cluster, layout), operation.anyOf ?? []);
  const chosen = linesUp(layout)
    ? chooseGroups(cluster, wantedFirst(groups, operation.wantedPgs ?? []), layout.redundancy, pgs)
    : chooseGroups(cluster, shuffle(cluster.random, groups), layout.redundancy, pgs);
  const count = Math.min(stripesPerPg, Math.floor(LEASE_STRIPES_TOTAL_MAX / chosen.length));
  const ranges = chosen.map((pg): StripeRange => ({ pg, firstStripe: consecutiveIds(tx, count), count }));
  const lease = tx.newId();
  insertLease(tx, lease, { session, ranges, closing: false });
  cluster.leases.extend(lease, session);
  return v1.GrantLeaseResult.create({
    lease: encodeId(lease),
    leaseMs: cluster.leases.leaseMs,
    ranges: ranges.map((range) => ({ ...range, firstStripe: encodeId(range.firstStripe) })),
  });
}

function checkHeld(cluster: ClusterView, session: Id): void {
  if (cluster.leases.heldBy(session) < LEASES_PER_SESSION_MAX) return;
  throw new TesseraError(
    'OVERLOADED',
    `session ${formatId(session)} holds ${LEASES_PER_SESSION_MAX} leases, as many as one may: close those that are used ` +
      'up and ask again in a moment',
  );
}

/** Where files line up, all their writers are to get the same groups: those they ask for, then the others by number. */
function wantedFirst(groups: readonly NumberedGroup[], wanted: readonly number[]): NumberedGroup[] {
  const isWanted = ({ pg }: NumberedGroup) => wanted.includes(pg);
  return [...groups.filter(isWanted), ...groups.filter((group) => !isWanted(group))];
}

/** @throws TesseraError LAYOUT_UNSATISFIABLE */
function withAnyOf(groups: NumberedGroup[], servers: readonly number[]): NumberedGroup[] {
  if (servers.length === 0) return groups;
  const fitting = groups.filter(({ group }) => group.members.some(({ server }) => servers.includes(server)));
  if (fitting.length > 0) return fitting;
  throw new TesseraError(
    'LAYOUT_UNSATISFIABLE',
    `none of the ${groups.length} placement groups has any of the servers ${servers.join(', ')}, which are asked for as ` +
      'local ones; choose another server order, or placement labels that they carry',
  );
}

/**
 * Groups with the most live members, in the given order among equals. Members beyond a whole stripe do not count, lest one lost server crowd all writers
 * into the few groups without it.
 */
function chooseGroups(
  cluster: ClusterView,
  groups: readonly NumberedGroup[],
  redundancy: Redundancy,
  count: number,
): number[] {
  const whole = redundancy.data + redundancy.parity;
  const least = 1 + (redundancy.parity === 0 ? 0 : Math.max(1, redundancy.parity - 1));
  const scored = groups
    .map(({ pg, group }) => ({ pg, live: liveMembers(cluster, group) }))
    .filter(({ live }) => live.hoped >= least);
  if (scored.length === 0) refuseFewServers(cluster, groups, redundancy, least);
  const rank = ({ up, hoped }: LiveMembers) => Math.min(up, whole) * (whole + 1) + Math.min(hoped, whole);
  return scored
    .sort((a, b) => rank(b.live) - rank(a.live))
    .slice(0, count)
    .map(({ pg }) => pg);
}

function refuseFewServers(
  cluster: ClusterView,
  groups: readonly NumberedGroup[],
  redundancy: Redundancy,
  least: number,
): never {
  const members = new Set(groups.flatMap(({ group }) => group.members.map(({ server }) => server)));
  const unusable = [...cluster.servers()].filter((server) => members.has(server.server) && !takesWrites(server));
  const named = unusable.slice(0, SERVERS_NAMED_MAX).map(describeServer).join(', ');
  const more = unusable.length > SERVERS_NAMED_MAX ? ` and ${unusable.length - SERVERS_NAMED_MAX} more` : '';
  throw new TesseraError(
    'NOT_ENOUGH_SERVERS',
    `${formatRedundancy(redundancy)} needs at least ${least} chunkservers that take writes in one placement group; ` +
      `no group has them. Missing: ${named}${more}`,
  );
}

function describeServer({ server, address, state, diskState }: ClusterServer): string {
  const why =
    state === v1.ServerState.SERVER_STATE_DOWN
      ? 'down'
      : diskState === v1.DiskState.DISK_STATE_FULL
        ? 'disk full'
        : 'disk failed';
  return `server ${server} at ${address} (${why})`;
}

/** Ids that one transaction takes one after the other follow each other. */
function consecutiveIds(tx: Transaction, count: number): Id {
  const first = tx.newId();
  for (let index = 1; index < count; index++) {
    if (tx.newId() !== first + BigInt(index)) throw new Error('bug: ids of one transaction do not follow each other');
  }
  return first;
}

function within(value: number | null | undefined, max: number, what: string): number {
  const number = value ?? 0;
  if (number < 1 || number > max) {
    throw new TesseraError('INVALID_ARGUMENT', `${what} is ${number}; 1..${max} are allowed`);
  }
  return number;
}
