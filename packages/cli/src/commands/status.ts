import { TesseraError } from '@tessera/client';
import { type ClusterInfo, inspectCluster } from '@tessera/client/local-cluster';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { existingClusterDirectory } from '../local-cluster/cluster-directory.js';
import { formatProcesses } from '../local-cluster/process-table.js';

interface StatusOptions extends GlobalOptions {
  check?: boolean;
}

export function addStatusCommand(program: Command, context: Context): void {
  program
    .command('status')
    .description('Show the processes of the local cluster: role, pid, address and state.')
    .option('--check', 'end with exit code 4 unless every process runs')
    .addHelpText('after', examples('tessera status', 'tessera status --dir /var/tmp/try --json'))
    .action((_: unknown, command: Command) => status(context, command.optsWithGlobals()));
}

async function status(context: Context, options: StatusOptions): Promise<void> {
  const directory = existingClusterDirectory(options.dir, context.terminal);
  if (directory === undefined) {
    const place = options.dir === undefined ? 'here (no .tessera/ in this directory or above)' : `in ${options.dir}`;
    throw new TesseraError('NOT_FOUND', `there is no local cluster ${place}; make one with 'tessera up'`);
  }
  const cluster = await inspectCluster(directory);
  if (options.json) context.printJson({ ...cluster, metaserver: metaserverOf(cluster) });
  else
    context.print(`${directory}: ${cluster.state}\n\n${formatProcesses(cluster.processes, context.terminal.columns)}`);
  if (options.check && cluster.state !== 'running') {
    throw new TesseraError('UNAVAILABLE', `the local cluster in ${directory} is ${cluster.state}`);
  }
}

function metaserverOf({ processes }: ClusterInfo): string | null {
  return processes.find(({ role, state }) => role === 'metaserver' && state === 'running')?.address ?? null;
}
