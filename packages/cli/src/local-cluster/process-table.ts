import type { ProcessInfo } from '@tessera/client/local-cluster';
import { type Column, formatTable } from '../output/table.js';

export function formatProcesses(processes: readonly ProcessInfo[], lineWidth?: number): string {
  return formatTable(COLUMNS, processes, lineWidth);
}

const COLUMNS: readonly Column<ProcessInfo>[] = [
  { title: 'process', value: ({ name }) => name },
  { title: 'state', value: ({ state }) => state },
  { title: 'pid', value: ({ pid }) => pid ?? '-', align: 'right' },
  { title: 'address', value: ({ address }) => address ?? '-' },
  { title: 'health', value: ({ health }) => (health === null ? '-' : `http://${health}/healthz`) },
  { title: 'metrics', value: ({ metrics }) => (metrics === null ? '-' : `http://${metrics}/metrics`) },
  { title: 'labels', isShrinkable: true, value: ({ labels }) => labels.join(' ') || '-' },
];
