import { v1 } from '@tessera/protocol';
import type { Totals } from '../records/totals.js';
import type { TrackedServer } from './cluster-state.js';
import { stateName } from './state-log.js';

const ALARMS_MAX = 100;

/** What an administrator should look at, the worst first, one sentence each. */
export function clusterAlarms(servers: Iterable<TrackedServer>, totals: Totals): string[] {
  const known = [...servers].sort((a, b) => a.server - b.server);
  const alarms: string[] = [];
  if (known.length === 0) alarms.push('no chunkserver has registered: files above the inline limit cannot be written');
  for (const server of known) {
    if (server.diskState === v1.DiskState.DISK_STATE_FAILED)
      alarms.push(`${nameOf(server)}: disk failed${told(server)}`);
  }
  for (const server of known) {
    if (server.state !== v1.ServerState.SERVER_STATE_UP) alarms.push(`${nameOf(server)} is ${stateName(server.state)}`);
  }
  for (const server of known) {
    if (server.diskState === v1.DiskState.DISK_STATE_FULL) alarms.push(`${nameOf(server)}: disk full${told(server)}`);
  }
  if (totals.repairsOwed > 0) alarms.push(`${totals.repairsOwed} stripes have less than full redundancy`);
  return alarms.length <= ALARMS_MAX
    ? alarms
    : [...alarms.slice(0, ALARMS_MAX - 1), `and ${alarms.length - ALARMS_MAX + 1} more`];
}

function nameOf({ server, address, labels }: TrackedServer): string {
  const host = labels.find(({ key }) => key === 'host')?.value;
  return `chunkserver ${server} (${host}, ${address})`;
}

function told({ diskMessage }: TrackedServer): string {
  return diskMessage === '' ? '' : `: ${diskMessage}`;
}
