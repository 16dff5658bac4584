import type { DiskMeter } from '@tessera/env';
import { diskMetrics, type Metric } from '@tessera/metrics';
import { v1 } from '@tessera/protocol';
import type { Chunkserver } from '../chunkserver.js';

/** What the metrics are read from at one scrape. */
export interface MetricsSource {
  readonly chunkserver: Chunkserver;
  readonly disk: DiskMeter;
  readonly report: ReturnType<Chunkserver['store']['report']>;
}

/** What a file of the chunkserver's directory is for. */
export function fileUse(path: string): string {
  return path.includes('/log/') ? 'log' : 'other';
}

const PREFIX = 'tessera_chunkserver_';

const DISK_STATES: readonly [name: string, state: v1.DiskState][] = [
  ['healthy', v1.DiskState.DISK_STATE_HEALTHY],
  ['full', v1.DiskState.DISK_STATE_FULL],
  ['failed', v1.DiskState.DISK_STATE_FAILED],
];

/** Everything a chunkserver shows. */
export const METRICS: readonly Metric<MetricsSource>[] = [
  {
    name: `${PREFIX}requests_total`,
    type: 'counter',
    labels: ['kind', 'outcome'],
    help: 'Requests answered: write, read, describe, delete; the outcome is ok or an error code. A read frame may ask for many shards',
    *read({ chunkserver }) {
      for (const { kind, outcome, count } of chunkserver.dataPlane.meter.requests) {
        yield { labels: { kind, outcome }, value: count };
      }
    },
  },
  {
    name: `${PREFIX}request_seconds`,
    type: 'histogram',
    labels: ['kind'],
    help: 'From a request that has come whole to its reply, syncs included',
    *read({ chunkserver }) {
      for (const [kind, histogram] of chunkserver.dataPlane.meter.latencies) yield { labels: { kind }, histogram };
    },
  },
  {
    name: `${PREFIX}received_bytes_total`,
    type: 'counter',
    help: 'Bytes received on the data plane',
    read: ({ chunkserver }) => chunkserver.dataPlane.meter.receivedBytes,
  },
  {
    name: `${PREFIX}sent_bytes_total`,
    type: 'counter',
    help: 'Bytes sent on the data plane',
    read: ({ chunkserver }) => chunkserver.dataPlane.meter.sentBytes,
  },
  {
    name: `${PREFIX}connections`,
    type: 'gauge',
    help: 'Connections on the data plane',
    read: ({ chunkserver }) => chunkserver.dataPlane.connections,
  },
  {
    name: `${PREFIX}connections_limit`,
    type: 'gauge',
    help: 'Where further ones are closed at once',
    read: ({ chunkserver }) => chunkserver.dataPlane.limits.connectionsMax,
  },
  {
    name: `${PREFIX}connection_faults_total`,
    type: 'counter',
    help: 'Connections closed for a fault of their peer; the log says which',
    read: ({ chunkserver }) => chunkserver.dataPlane.faults,
  },
  {
    name: `${PREFIX}queue_bytes`,
    type: 'gauge',
    labels: ['queue'],
    help: 'Memory of bodies, of requests without bodies, and what is written and not yet synced',
    read: ({ chunkserver: { dataPlane, store } }) => [
      { labels: { queue: 'bodies' }, value: dataPlane.bodyBytes },
      { labels: { queue: 'headers' }, value: dataPlane.headerBytes },
      { labels: { queue: 'unsynced' }, value: store.unsyncedBytes.bytes },
    ],
  },
  {
    name: `${PREFIX}queue_bytes_limit`,
    type: 'gauge',
    labels: ['queue'],
    help: 'Where further ones wait',
    read: ({ chunkserver: { dataPlane, store } }) => [
      { labels: { queue: 'bodies' }, value: dataPlane.limits.bodyBytesPerServerMax },
      { labels: { queue: 'headers' }, value: dataPlane.limits.headerBytesPerServerMax },
      { labels: { queue: 'unsynced' }, value: store.unsyncedBytes.limit },
    ],
  },
  { name: `${PREFIX}shards`, type: 'gauge', help: 'Shards on this disk', read: ({ report }) => report.shards },
  {
    name: `${PREFIX}shards_bytes`,
    type: 'gauge',
    help: 'Bytes of those shards, without what keeping them costs',
    read: ({ chunkserver }) => chunkserver.store.payloadBytes,
  },
  {
    name: `${PREFIX}doubtful_shards`,
    type: 'gauge',
    help: 'Shards that an unclean stop left in doubt',
    read: ({ report }) => report.doubtful,
  },
  {
    name: `${PREFIX}disk_capacity_bytes`,
    type: 'gauge',
    help: 'What this chunkserver may use',
    read: ({ report }) => report.capacityBytes,
  },
  {
    name: `${PREFIX}disk_used_bytes`,
    type: 'gauge',
    help: 'What its shard log uses',
    read: ({ report }) => report.usedBytes,
  },
  {
    name: `${PREFIX}disk_free_bytes`,
    type: 'gauge',
    help: 'What shards may still take, the reserve left alone',
    read: ({ report }) => report.freeBytes,
  },
  {
    name: `${PREFIX}disk_state`,
    type: 'gauge',
    labels: ['state'],
    help: '1 for the state the disk is in: healthy, full or failed',
    read: ({ report }) =>
      DISK_STATES.map(([name, state]) => ({ labels: { state: name }, value: Number(report.state === state) })),
  },
  {
    name: `${PREFIX}checksum_failures_total`,
    type: 'counter',
    labels: ['where'],
    help: 'Bytes that did not match their checksum: as received from a client, or in a record on the disk',
    read({ chunkserver }) {
      let received = 0;
      for (const { kind, outcome, count } of chunkserver.dataPlane.meter.requests) {
        if (kind === 'write' && outcome === 'CORRUPT') received += count;
      }
      return [
        { labels: { where: 'received' }, value: received },
        { labels: { where: 'disk' }, value: chunkserver.store.damagedRecords },
      ];
    },
  },
  {
    name: `${PREFIX}read_errors_total`,
    type: 'counter',
    help: 'Reads of records that failed, damaged ones included',
    read: ({ report }) => report.readErrors,
  },
  {
    name: `${PREFIX}write_errors_total`,
    type: 'counter',
    help: 'Writes and syncs refused because the disk has failed',
    read: ({ report }) => report.writeErrors,
  },
  {
    name: `${PREFIX}registered`,
    type: 'gauge',
    help: '1 while the metaserver answers its heartbeats, else 0',
    read: ({ chunkserver }) => Number(chunkserver.isRegistered),
  },
  ...diskMetrics<MetricsSource>(PREFIX, ({ disk }) => disk),
];
