import type { ServerStatus } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { formatSize } from '../output/size.js';
import type { Column } from '../output/table.js';

export function addDfCommand(program: Command, context: Context): void {
  program
    .command('df')
    .description('Show the space of all disks, before redundancy, and what files are stored on them.')
    .addHelpText('after', examples('tessera df', 'tessera df --json'))
    .action((_: unknown, command: Command) => df(context, command.optsWithGlobals()));
}

async function df(context: Context, options: GlobalOptions): Promise<void> {
  await context.withClient(options, async (client) => {
    const { signal } = context;
    const total = await client.statfs({ signal });
    if (options.json) {
      context.printJson(total);
      return;
    }
    const servers = await client.servers({ signal });
    if (servers.length > 0) context.printTable(COLUMNS, servers);
    const { capacityBytes, usedBytes, freeBytes, files, directories, logicalBytes } = total;
    context.print(
      `total: ${formatSize(capacityBytes)}, ${formatSize(usedBytes)} used, ${formatSize(freeBytes)} free; ` +
        `${files} files and ${directories} directories of ${formatSize(logicalBytes)}`,
    );
  });
}

const COLUMNS: readonly Column<ServerStatus>[] = [
  { title: 'server', value: ({ server }) => server, align: 'right' },
  { title: 'address', value: ({ address }) => address },
  { title: 'state', value: ({ state }) => state },
  { title: 'size', value: ({ capacityBytes }) => formatSize(capacityBytes), align: 'right' },
  { title: 'used', value: ({ usedBytes }) => formatSize(usedBytes), align: 'right' },
  { title: 'free', value: ({ freeBytes }) => formatSize(freeBytes), align: 'right' },
];
