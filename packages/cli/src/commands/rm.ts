import { TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';

interface RmOptions extends GlobalOptions {
  recursive?: boolean;
  force?: boolean;
}

export function addRmCommand(program: Command, context: Context): void {
  program
    .command('rm')
    .description('Remove files and empty directories, with -r whole trees.')
    .argument('<paths...>', 'what to remove')
    .option('-r, --recursive', 'remove directories with all they hold')
    .option('-f, --force', 'what is not there is fine')
    .addHelpText('after', examples('tessera rm /studies/slice.dcm', 'tessera rm -r /studies/CT-0042'))
    .action((paths: string[], _: unknown, command: Command) => rm(context, paths, command.optsWithGlobals()));
}

async function rm(context: Context, paths: string[], options: RmOptions): Promise<void> {
  await context.withClient(options, async (client) => {
    for (const path of paths) {
      try {
        await client.remove(path, { recursive: options.recursive ?? false, signal: context.signal });
        context.succeed();
        if (options.json) context.printJson({ path, removed: true });
      } catch (error) {
        context.signal.throwIfAborted();
        if (options.force && TesseraError.from(error).code === 'NOT_FOUND') {
          context.succeed();
          if (options.json) context.printJson({ path, removed: false });
        } else {
          context.fail(error, options, { path });
        }
      }
    }
  });
}
