import { TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';

export function addXattrGetCommand(xattr: Command, context: Context): void {
  xattr
    .command('get')
    .description('Write the value of an extended attribute to standard output, byte for byte; in JSON as hexadecimal.')
    .argument('<path>', 'file or directory in the cluster')
    .argument('<name>', 'the attribute')
    .addHelpText(
      'after',
      examples('tessera xattr get /studies/CT-0042 study.uid', 'tessera xattr get --json /studies/CT-0042 study.uid'),
    )
    .action((path: string, name: string, _: unknown, command: Command) =>
      xattrGet(context, path, name, command.optsWithGlobals()),
    );
}

async function xattrGet(context: Context, path: string, name: string, options: GlobalOptions): Promise<void> {
  await context.withClient(options, async (client) => {
    const value = await client.getXattr(path, name, { signal: context.signal });
    if (value === undefined) {
      throw new TesseraError('NOT_FOUND', `${path} has no extended attribute '${name}'; see 'tessera xattr ls'`);
    }
    if (options.json) context.printJson({ path, name, value });
    else context.terminal.stdout.write(value);
  });
}
