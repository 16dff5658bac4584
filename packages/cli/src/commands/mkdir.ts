import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';

interface MkdirOptions extends GlobalOptions {
  parents?: boolean;
}

export function addMkdirCommand(program: Command, context: Context): void {
  program
    .command('mkdir')
    .description('Make directories.')
    .argument('<paths...>', 'directories to make')
    .option('-p, --parents', 'make missing parents as well; an existing directory is fine')
    .addHelpText('after', examples('tessera mkdir /studies', 'tessera mkdir -p /hospital-7/2026/ct'))
    .action((paths: string[], _: unknown, command: Command) => mkdir(context, paths, command.optsWithGlobals()));
}

async function mkdir(context: Context, paths: string[], options: MkdirOptions): Promise<void> {
  await context.withClient(options, async (client) => {
    for (const path of paths) {
      try {
        const parents = options.parents ?? false;
        const { attributes, created } = await client.mkdir(path, { parents, signal: context.signal });
        context.succeed();
        if (options.json) context.printJson({ path, created, inode: attributes.inode });
      } catch (error) {
        context.signal.throwIfAborted();
        context.fail(error, options, { path });
      }
    }
  });
}
