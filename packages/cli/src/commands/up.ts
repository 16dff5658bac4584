import { CHUNKSERVERS_MAX, type LocalCluster, startLocalCluster } from '@tessera/client/local-cluster';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { clusterDirectory } from '../local-cluster/cluster-directory.js';
import { formatProcesses } from '../local-cluster/process-table.js';
import { serve } from '../local-cluster/serve.js';
import { optionValue } from '../option-value.js';
import { parseCount } from '../output/count.js';

interface UpOptions extends GlobalOptions {
  chunkservers?: number;
  detach?: boolean;
}

export function addUpCommand(program: Command, context: Context): void {
  program
    .command('up')
    .description(
      'Start a local cluster: one metaserver and N chunkservers, each a process with its own data directory. ' +
        'What runs already stays. Serves until Ctrl-C, which stops all of it.',
    )
    .option(
      '--chunkservers <count>',
      'chunkservers host-1 … host-N (default: those there are, in a new cluster 8)',
      optionValue(parseCount(1, CHUNKSERVERS_MAX)),
    )
    .option('-d, --detach', "return once the cluster is ready; 'tessera down' stops it")
    .addHelpText('after', examples('tessera up', 'tessera up --dir /var/tmp/try --chunkservers 12 --detach'))
    .action((_: unknown, command: Command) => up(context, command.optsWithGlobals()));
}

async function up(context: Context, options: UpOptions): Promise<void> {
  const { chunkservers } = options;
  const directory = clusterDirectory(options.dir, context.terminal);
  if (!options.json) context.note(`Starting the local cluster in ${directory} …`);
  const cluster = await startLocalCluster({ directory, ...(chunkservers === undefined ? {} : { chunkservers }) });
  const serves = !options.detach && cluster.started.length > 0 && !cluster.isServed();
  await announce(context, cluster, options, serves);
  if (!serves) return;
  await serve(cluster, context.signal, (text) => context.note(text));
}

async function announce(context: Context, cluster: LocalCluster, options: UpOptions, serves: boolean): Promise<void> {
  const info = await cluster.inspect();
  if (options.json) {
    context.printJson({ ...info, metaserver: cluster.metaserver, started: cluster.started });
    return;
  }
  context.print(`${formatProcesses(info.processes, context.terminal.columns)}\n`);
  if (cluster.started.length === 0) context.print('Everything was running already.');
  context.print(serves ? 'Ready. Ctrl-C stops the cluster.' : "Ready. 'tessera down' stops the cluster.");
}
