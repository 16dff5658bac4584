import type { DiskMeter } from '@tessera/env';
import { diskMetrics, type Metric, type Sample } from '@tessera/metrics';
import { v1 } from '@tessera/protocol';
import { clusterAlarms } from '../cluster/alarms.js';
import type { Metaserver } from '../metaserver.js';
import { readTotals, type Totals } from '../records/totals.js';
import type { StoreMeasures } from '../store/store-measures.js';

/** What the metrics are read from at one scrape. */
export interface MetricsSource {
  readonly metaserver: Metaserver;
  readonly disk: DiskMeter;
  readonly store: StoreMeasures;
  readonly totals: Readonly<Totals>;
}

/** A moment's source; the cluster's totals are a record. @throws TesseraError UNAVAILABLE when the store has failed */
export async function metricsSource(metaserver: Metaserver, disk: DiskMeter): Promise<MetricsSource> {
  const totals = await metaserver.store.read(readTotals);
  return { metaserver, disk, store: metaserver.store.measures(), totals };
}

/** What a file of the metaserver's directory is for. */
export function fileUse(path: string): string {
  if (path.includes('/journal/')) return 'journal';
  return path.includes('/checkpoint') ? 'checkpoint' : 'other';
}

const PREFIX = 'tessera_metaserver_';

const SERVER_STATES: readonly [name: string, state: v1.ServerState][] = [
  ['up', v1.ServerState.SERVER_STATE_UP],
  ['suspect', v1.ServerState.SERVER_STATE_SUSPECT],
  ['down', v1.ServerState.SERVER_STATE_DOWN],
];

const DISK_STATES: readonly [name: string, state: v1.DiskState][] = [
  ['healthy', v1.DiskState.DISK_STATE_HEALTHY],
  ['full', v1.DiskState.DISK_STATE_FULL],
  ['failed', v1.DiskState.DISK_STATE_FAILED],
];

type Server = ReturnType<Metaserver['cluster']['servers']> extends Iterable<infer S> ? S : never;

/** How many chunkservers are in each of some states, also those that none is in. */
function byState<State>(
  { metaserver }: MetricsSource,
  states: readonly [name: string, state: State][],
  stateOf: (server: Server) => State,
): Sample[] {
  const servers = [...metaserver.cluster.servers()];
  return states.map(([name, state]) => ({
    labels: { state: name },
    value: servers.filter((server) => stateOf(server) === state).length,
  }));
}

function total({ metaserver }: MetricsSource, pick: (server: Server) => number): number {
  let sum = 0;
  for (const server of metaserver.cluster.servers()) sum += pick(server);
  return sum;
}

function queues(pairs: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(pairs).map(([queue, value]) => ({ labels: { queue }, value }));
}

/** Everything the metaserver shows. */
export const METRICS: readonly Metric<MetricsSource>[] = [
  {
    name: `${PREFIX}operations_total`,
    type: 'counter',
    labels: ['kind', 'outcome'],
    help: 'Metadata operations answered; the outcome is ok or an error code',
    *read({ metaserver }) {
      for (const { kind, outcome, count } of metaserver.operations) yield { labels: { kind, outcome }, value: count };
    },
  },
  {
    name: `${PREFIX}call_seconds`,
    type: 'histogram',
    labels: ['method'],
    help: 'How long calls took to be answered, their groups synced; a Batch holds many operations',
    *read({ metaserver }) {
      for (const [method, histogram] of metaserver.calls.latencies) yield { labels: { method }, histogram };
    },
  },
  {
    name: `${PREFIX}operation_seconds`,
    type: 'histogram',
    labels: ['kind'],
    help: 'How long operations took, from the call that brought them until they were answered, refused ones too',
    *read({ metaserver }) {
      for (const [kind, histogram] of metaserver.operationLatencies.histograms) yield { labels: { kind }, histogram };
    },
  },
  {
    name: `${PREFIX}calls_in_flight`,
    type: 'gauge',
    help: 'Calls that are being answered',
    read: ({ metaserver }) => metaserver.calls.inFlight,
  },
  {
    name: `${PREFIX}queue_entries`,
    type: 'gauge',
    labels: ['queue'],
    help: 'What waits or is under way: operations, transactions that wait for the journal or the view, scans, sessions open',
    read: ({ store, metaserver }) =>
      queues({
        operations: store.operationsPending,
        transactions: store.transactionsWaiting,
        scans: store.scansWaiting,
        sessions: metaserver.sessions.openCount,
      }),
  },
  {
    name: `${PREFIX}queue_entries_limit`,
    type: 'gauge',
    labels: ['queue'],
    help: 'Where further ones are refused with OVERLOADED',
    read: ({ store, metaserver }) =>
      queues({
        operations: store.operationsPendingLimit,
        transactions: store.operationsPendingLimit,
        scans: store.operationsPendingLimit,
        sessions: metaserver.sessions.sessionsMax,
      }),
  },
  {
    name: `${PREFIX}queue_bytes`,
    type: 'gauge',
    labels: ['queue'],
    help: 'Memory of the group that collects, of what the view lacks, and of cached values',
    read: ({ store }) =>
      queues({ group: store.openGroupBytes, unapplied: store.unappliedBytes, cache: store.cacheBytes }),
  },
  {
    name: `${PREFIX}queue_bytes_limit`,
    type: 'gauge',
    labels: ['queue'],
    help: 'Where transactions wait, or cached values are forgotten',
    read: ({ store }) =>
      queues({ group: store.openGroupBytesLimit, unapplied: store.unappliedBytesLimit, cache: store.cacheBytesLimit }),
  },
  {
    name: `${PREFIX}cache_lookups_total`,
    type: 'counter',
    labels: ['result'],
    help: 'Looks for a key in memory, by result: hit or miss',
    read: ({ store }) => [
      { labels: { result: 'hit' }, value: store.cacheHits },
      { labels: { result: 'miss' }, value: store.cacheMisses },
    ],
  },
  {
    name: `${PREFIX}keys_fetched_total`,
    type: 'counter',
    help: 'Keys read from the view because a transaction waited for them; most misses are for keys known not to exist',
    read: ({ store }) => store.keysFetched,
  },
  {
    name: `${PREFIX}journal_groups_total`,
    type: 'counter',
    help: 'Groups of transactions made durable, each with one sync',
    read: ({ store }) => store.journalGroups,
  },
  {
    name: `${PREFIX}journal_bytes_total`,
    type: 'counter',
    help: 'Bytes of those groups',
    read: ({ store }) => store.journalBytes,
  },
  {
    name: `${PREFIX}journal_since_checkpoint_bytes`,
    type: 'gauge',
    help: 'What a restart after a crash replays at most, beside the newest checkpoint',
    read: ({ store }) => store.journalSinceCheckpointBytes,
  },
  {
    name: `${PREFIX}journal_lsn`,
    type: 'gauge',
    help: 'Number of the newest durable transaction',
    read: ({ metaserver }) => Number(metaserver.store.durable.lsn),
  },
  {
    name: `${PREFIX}era`,
    type: 'gauge',
    help: "The metaserver's life: one more with each start",
    read: ({ metaserver }) => metaserver.store.era,
  },
  {
    name: `${PREFIX}leases`,
    type: 'gauge',
    help: 'Leases of stripe numbers that clients hold, as far as this process has heard of them',
    read: ({ metaserver }) => metaserver.cluster.leases.count,
  },
  {
    name: `${PREFIX}chunkservers`,
    type: 'gauge',
    labels: ['state'],
    help: 'Registered chunkservers that are up, suspect or down',
    read: (source) => byState(source, SERVER_STATES, ({ state }) => state),
  },
  {
    name: `${PREFIX}disks`,
    type: 'gauge',
    labels: ['state'],
    help: 'Disks that are healthy, full or failed, as their chunkservers said last',
    read: (source) => byState(source, DISK_STATES, ({ diskState }) => diskState),
  },
  {
    name: `${PREFIX}cluster_capacity_bytes`,
    type: 'gauge',
    help: 'What all chunkservers together may use',
    read: (source) => total(source, ({ capacityBytes }) => capacityBytes),
  },
  {
    name: `${PREFIX}cluster_used_bytes`,
    type: 'gauge',
    help: 'What they use',
    read: (source) => total(source, ({ usedBytes }) => usedBytes),
  },
  {
    name: `${PREFIX}cluster_free_bytes`,
    type: 'gauge',
    help: 'What shards may still take, reserves left alone',
    read: (source) => total(source, ({ freeBytes }) => freeBytes),
  },
  {
    name: `${PREFIX}cluster_shards`,
    type: 'gauge',
    help: 'Shards on all chunkservers',
    read: (source) => total(source, ({ shards }) => shards),
  },
  {
    name: `${PREFIX}placement_groups`,
    type: 'gauge',
    help: 'Placement groups in use',
    read: ({ metaserver }) => metaserver.cluster.groups.groups.size,
  },
  { name: `${PREFIX}files`, type: 'gauge', help: 'Files', read: ({ totals }) => totals.files },
  { name: `${PREFIX}directories`, type: 'gauge', help: 'Directories', read: ({ totals }) => totals.directories },
  {
    name: `${PREFIX}files_bytes`,
    type: 'gauge',
    help: 'Lengths of all files',
    read: ({ totals }) => totals.logicalBytes,
  },
  {
    name: `${PREFIX}shards_bytes`,
    type: 'gauge',
    labels: ['state'],
    help: 'Bytes of shards that files refer to, parity included, and of those that none does any more',
    read: ({ totals }) => [
      { labels: { state: 'live' }, value: totals.liveBytes },
      { labels: { state: 'dead' }, value: totals.deadBytes },
    ],
  },
  { name: `${PREFIX}stripes`, type: 'gauge', help: 'Stripes not wholly dead', read: ({ totals }) => totals.stripes },
  {
    name: `${PREFIX}repairs_owed`,
    type: 'gauge',
    help: 'Stripes with less than full redundancy',
    read: ({ totals }) => totals.repairsOwed,
  },
  {
    name: `${PREFIX}doubtful_shards`,
    type: 'gauge',
    help: 'Shards that a chunkserver no longer vouches for, as remembered since the start',
    read: ({ metaserver }) => metaserver.cluster.doubtful.count,
  },
  {
    name: `${PREFIX}reaper_pending`,
    type: 'gauge',
    help: 'Removed trees and files still being taken apart',
    read: ({ totals }) => totals.reaperPending,
  },
  {
    name: `${PREFIX}alarms`,
    type: 'gauge',
    help: "Sentences that 'tessera cluster status' shows as alarms",
    read: ({ metaserver, totals }) =>
      metaserver.alarms().length + clusterAlarms(metaserver.cluster.servers(), totals).length,
  },
  ...diskMetrics<MetricsSource>(PREFIX, ({ disk }) => disk),
];
