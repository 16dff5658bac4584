import type { ClusterStatus, ServerStatus } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { formatDomains } from '../output/domains.js';
import { formatSize } from '../output/size.js';
import { type Column, formatFields } from '../output/table.js';
import { formatDuration } from '../output/time.js';

export function addClusterStatusCommand(cluster: Command, context: Context): void {
  cluster
    .command('status')
    .description('Show servers, space, and what is degraded, as the metaserver sees it.')
    .addHelpText(
      'after',
      examples('tessera cluster status', 'tessera cluster status --metaserver 10.0.0.5:7400 --json'),
    )
    .action((_: unknown, command: Command) => clusterStatus(context, command.optsWithGlobals()));
}

async function clusterStatus(context: Context, options: GlobalOptions): Promise<void> {
  await context.withClient(options, async (client) => {
    const status = await client.clusterStatus({ signal: context.signal });
    if (options.json) {
      context.printJson(status);
      return;
    }
    context.print(formatFields([['metaserver', client.metaserver], ...fields(status)]));
    context.print('');
    context.printTable(SERVERS, status.servers);
    for (const alarm of status.alarms) context.print(`ALARM: ${alarm}`);
  });
}

function fields(status: ClusterStatus): [string, string | number][] {
  const up = status.servers.filter(({ state }) => state === 'up').length;
  const { logicalBytes, liveBytes, deadBytes, reaperPending } = status;
  return [
    ['cluster', Buffer.from(status.clusterId).toString('hex')],
    ['uptime', formatDuration(status.uptimeMs)],
    ['era', status.era],
    ['journal', `position ${status.lsn}, checkpoint at ${status.checkpointLsn}`],
    ['chunkservers', `${up} of ${status.servers.length} up`],
    ['placement groups', `${status.pgs}, degraded ${status.pgsDegraded}`],
    ['files', `${status.files} in ${status.directories} directories`],
    ['stored', `${formatSize(logicalBytes)} of files in ${formatSize(liveBytes)} of shards, ${status.stripes} stripes`],
    ['dead', `${formatSize(deadBytes)} of shards that no file needs`],
    ['repairs owed', `${status.repairsOwed} stripes`],
    ['being removed', `${reaperPending} trees`],
    ['clients', `${status.sessions} sessions, ${status.leases} leases`],
  ];
}

const SERVERS: readonly Column<ServerStatus>[] = [
  { title: 'server', value: ({ server }) => server, align: 'right' },
  { title: 'address', value: ({ address }) => address },
  { title: 'state', value: ({ state }) => state },
  { title: 'heard', value: ({ lastHeartbeatMs }) => `${formatDuration(lastHeartbeatMs)} ago`, align: 'right' },
  { title: 'disk', value: ({ diskState }) => diskState },
  { title: 'used', value: ({ usedBytes }) => formatSize(usedBytes), align: 'right' },
  { title: 'free', value: ({ freeBytes }) => formatSize(freeBytes), align: 'right' },
  { title: 'shards', value: ({ shards }) => shards, align: 'right' },
  { title: 'labels', isShrinkable: true, value: ({ labels }) => formatDomains(labels) },
];
