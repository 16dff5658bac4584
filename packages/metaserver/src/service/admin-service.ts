import type { Clock } from '@tessera/env';
import { type adminService, type Handlers, toLong, v1 } from '@tessera/protocol';
import { clusterAlarms } from '../cluster/alarms.js';
import { serverInfos } from '../cluster/cluster-map.js';
import type { ClusterState } from '../cluster/cluster-state.js';
import { Table } from '../records/keys.js';
import { readTotals } from '../records/totals.js';
import type { MetadataStore } from '../store/transaction.js';
import { checkContext } from './request-context.js';

/** Sessions and leases are counted up to here. */
const COUNTED_MAX = 10_000;

export interface AdminServiceContext {
  store: MetadataStore;
  cluster: ClusterState;
  clock: Clock;
  /** Monotonic time when this process began to serve. */
  startedMs: number;
  /** What an administrator should hear about, besides the states of chunkservers and the totals. */
  alarms(): string[];
}

/** Handlers of the Admin service. */
export function createAdminHandlers(context: AdminServiceContext): Handlers<typeof adminService> {
  return { clusterStatus: (request) => clusterStatus(context, request) };
}

async function clusterStatus(
  { store, cluster, clock, startedMs, alarms }: AdminServiceContext,
  request: v1.ClusterStatusRequest,
): Promise<v1.ClusterStatusReply> {
  checkContext(request.context, cluster.clusterId());
  await cluster.groups.refresh(store);
  const [totals, sessions, leases] = await Promise.all([
    store.read(readTotals),
    countTable(store, Table.SESSION),
    countTable(store, Table.LEASE),
  ]);
  const nowMs = clock.monotonicMs();
  const degraded = degradedGroups(cluster);
  return v1.ClusterStatusReply.create({
    clusterId: cluster.clusterId(),
    era: store.era,
    lsn: toLong(store.durable.lsn),
    checkpointLsn: toLong(store.checkpointSequence),
    uptimeMs: Math.floor(nowMs - startedMs),
    servers: serverInfos(cluster, nowMs),
    pgs: cluster.groups.groups.size,
    pgsDegraded: degraded,
    ...totals,
    sessions,
    leases,
    alarms: [...alarms(), ...clusterAlarms(cluster.servers(), totals)],
  });
}

/** Groups with a member that is not up. */
function degradedGroups(cluster: ClusterState): number {
  let degraded = 0;
  for (const { members } of cluster.groups.groups.values()) {
    const whole = members.every(({ server }) => cluster.server(server)?.state === v1.ServerState.SERVER_STATE_UP);
    if (!whole) degraded++;
  }
  return degraded;
}

async function countTable(store: MetadataStore, table: number): Promise<number> {
  const entries = await store.scan({ from: Uint8Array.of(table), to: Uint8Array.of(table + 1) }, COUNTED_MAX);
  return entries.length;
}
