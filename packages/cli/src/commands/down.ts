import { TesseraError } from '@tessera/client';
import { openLocalCluster } from '@tessera/client/local-cluster';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { existingClusterDirectory } from '../local-cluster/cluster-directory.js';

export function addDownCommand(program: Command, context: Context): void {
  program
    .command('down')
    .description('Stop the local cluster cleanly. Its data stays.')
    .addHelpText('after', examples('tessera down', 'tessera down --dir /var/tmp/try'))
    .action((_: unknown, command: Command) => down(context, command.optsWithGlobals()));
}

async function down(context: Context, options: GlobalOptions): Promise<void> {
  const directory = existingClusterDirectory(options.dir, context.terminal);
  if (directory === undefined) throw new TesseraError('NOT_FOUND', 'there is no local cluster to stop');
  const cluster = await openLocalCluster(directory);
  const killed = await cluster.stop();
  if (options.json) context.printJson({ directory, state: 'stopped', killed });
  else context.print(`Stopped. The data stays in ${directory}.`);
  for (const name of killed) context.note(`warning: ${name} did not stop when asked and was killed`);
}
