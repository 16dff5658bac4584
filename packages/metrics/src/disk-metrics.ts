import type { DiskMeter } from '@tessera/env';
import type { Metric } from './metric.js';

/** What a daemon's disk did, by use of the files. */
export function diskMetrics<Source>(prefix: string, meterOf: (source: Source) => DiskMeter): Metric<Source>[] {
  const labels = ['use'];
  const of = function* (source: Source) {
    for (const [use, measured] of meterOf(source).uses) yield { labels: { use }, measured };
  };
  const sum = (source: Source, pick: (measured: ReturnType<DiskMeter['uses']['get']> & object) => number) =>
    [...of(source)].map(({ labels: of, measured }) => ({ labels: of, value: pick(measured) }));
  return [
    {
      name: `${prefix}disk_written_bytes_total`,
      type: 'counter',
      labels,
      help: 'Bytes written to files',
      read: (source) => sum(source, ({ writtenBytes }) => writtenBytes),
    },
    {
      name: `${prefix}disk_read_bytes_total`,
      type: 'counter',
      labels,
      help: 'Bytes read from files',
      read: (source) => sum(source, ({ readBytes }) => readBytes),
    },
    {
      name: `${prefix}disk_errors_total`,
      type: 'counter',
      labels,
      help: 'Reads, writes and syncs that the file system refused',
      read: (source) => sum(source, ({ errors }) => errors),
    },
    {
      name: `${prefix}disk_sync_seconds`,
      type: 'histogram',
      labels,
      help: 'How long fdatasync took; one sync makes a whole group durable',
      read: (source) => [...of(source)].map(({ labels: of, measured }) => ({ labels: of, histogram: measured.syncs })),
    },
  ];
}
