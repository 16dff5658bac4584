import type { ClusterInfo } from '@tessera/client/local-cluster';
import { formatProcesses } from '../local-cluster/process-table.js';
import { formatRate, formatSize } from '../output/size.js';
import { type Column, formatTable, printable } from '../output/table.js';
import { formatDuration } from '../output/time.js';
import type { Step } from './step.js';
import type { TourResult } from './tour.js';

const FAILURES_SHOWN_MAX = 10;

const STEPS: readonly Column<Step>[] = [
  { title: 'step', value: ({ title }) => title },
  { title: 'files', value: ({ files }) => files, align: 'right' },
  { title: 'size', value: ({ bytes }) => formatSize(bytes), align: 'right' },
  { title: 'time', value: ({ elapsedMs }) => formatDuration(elapsedMs), align: 'right' },
  { title: 'rate', value: ({ bytes, elapsedMs }) => formatRate(bytes, elapsedMs / 1000), align: 'right' },
  { title: 'result', value: ({ result }) => result },
];

/** What happened, and whether every byte came back. */
export function formatTour({ steps, killed, restartedMs, failures, images }: TourResult): string {
  const lines = [
    '',
    formatTable(STEPS, steps),
    '',
    `${killed.join(' and ')} served again after ${formatDuration(restartedMs)}.`,
  ];
  for (const file of images.skipped) lines.push(`Left out, since it is no regular file: ${printable(file)}`);
  if (failures.length === 0) lines.push('Every byte came back, also with two servers killed.');
  else lines.push(`FAILED: ${failures.length} files`, ...failures.slice(0, FAILURES_SHOWN_MAX).map(printable));
  return lines.join('\n');
}

/** Where everything is. */
export function formatEndpoints({ processes, directory }: ClusterInfo): string {
  return ['', formatProcesses(processes), '', `Data and logs: ${directory}`].join('\n');
}

/** What to try next. */
export function formatNextSteps({ directory, images }: TourResult, serves: boolean): string {
  const sample = `${directory}/rs-4-2/${images.images[0]?.relative ?? ''}`;
  return [
    serves ? 'Try next, in another terminal in the repository:' : 'Try next, in the repository:',
    ...(serves ? [] : ['  npx tessera up --detach']),
    `  npx tessera ls -l ${directory}/rs-4-2`,
    `  npx tessera extents ${sample}`,
    '  npx tessera cluster status',
    '  npx tessera put -r YOUR-DIRECTORY /studies',
    '  npx tessera --help',
  ].join('\n');
}
