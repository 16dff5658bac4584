import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { utf8 } from '../utf8.js';

interface XattrRmOptions extends GlobalOptions {
  ifValue?: string;
}

export function addXattrRmCommand(xattr: Command, context: Context): void {
  xattr
    .command('rm')
    .description('Remove an extended attribute. One that is not there is fine.')
    .argument('<path>', 'file or directory in the cluster')
    .argument('<name>', 'the attribute')
    .option('--if-value <text>', 'only when it has this value')
    .addHelpText('after', examples('tessera xattr rm /studies/CT-0042 reviewed'))
    .action((path: string, name: string, _: unknown, command: Command) =>
      xattrRm(context, path, name, command.optsWithGlobals()),
    );
}

async function xattrRm(context: Context, path: string, name: string, options: XattrRmOptions): Promise<void> {
  await context.withClient(options, async (client) => {
    const { ifValue } = options;
    const condition = ifValue === undefined ? {} : { ifValue: utf8(ifValue) };
    const removed = await client.removeXattr(path, name, { ...condition, signal: context.signal });
    if (options.json) context.printJson({ path, name, removed });
  });
}
