import type { Client } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { formatSize } from '../output/size.js';
import { printable } from '../output/table.js';
import { type WalkedNode, walkTree } from '../remote-walk.js';

interface DuOptions extends GlobalOptions {
  summarize?: boolean;
}

interface Usage {
  path: string;
  bytes: number;
  files: number;
}

export function addDuCommand(program: Command, context: Context): void {
  program
    .command('du')
    .description('Sum the lengths of files in each directory of a tree. A file with several names counts once.')
    .argument('[paths...]', 'directories or files in the cluster', ['/'])
    .option('-s, --summarize', 'only the sum of each path')
    .addHelpText('after', examples('tessera du /studies', 'tessera du -s /studies/CT-0042 /inbox'))
    .action((paths: string[], _: unknown, command: Command) => du(context, paths, command.optsWithGlobals()));
}

async function du(context: Context, paths: string[], options: DuOptions): Promise<void> {
  // Only files with several names are remembered.
  const counted = new Set<bigint>();
  await context.withClient(options, async (client) => {
    for (const path of paths) {
      try {
        for await (const usage of usages(client, path, counted, context.signal)) {
          if (options.summarize && usage.path !== path) continue;
          if (options.json) context.printJson(usage);
          else context.print(`${formatSize(usage.bytes).padStart(9)}  ${printable(usage.path)}`);
        }
        context.succeed();
      } catch (error) {
        context.signal.throwIfAborted();
        context.fail(error, options, { path });
      }
    }
  });
}

/** Each directory after those below it; the path itself comes last. */
async function* usages(client: Client, path: string, counted: Set<bigint>, signal: AbortSignal): AsyncGenerator<Usage> {
  const open: { depth: number; usage: Usage }[] = [];
  const close = () => {
    const { usage } = open.pop() as { usage: Usage };
    const above = open.at(-1)?.usage;
    if (above !== undefined) {
      above.bytes += usage.bytes;
      above.files += usage.files;
    }
    return usage;
  };
  for await (const node of walkTree(client, path, { signal })) {
    while ((open.at(-1)?.depth ?? -1) >= node.depth) yield close();
    if (node.depth === 0 || node.attributes.kind === 'directory') {
      open.push({ depth: node.depth, usage: { path: node.path, bytes: 0, files: 0 } });
    }
    if (node.attributes.kind === 'directory' || !isNew(node, counted)) continue;
    const usage = open.at(-1)?.usage as Usage;
    usage.bytes += node.attributes.bytes;
    usage.files += 1;
  }
  while (open.length > 0) yield close();
}

function isNew({ attributes: { inode, links } }: WalkedNode, counted: Set<bigint>): boolean {
  if (links === 1) return true;
  if (counted.has(inode)) return false;
  counted.add(inode);
  return true;
}
