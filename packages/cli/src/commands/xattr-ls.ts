import type { XattrInfo } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { formatSize } from '../output/size.js';
import { type Column, printable } from '../output/table.js';

interface XattrLsOptions extends GlobalOptions {
  values?: boolean;
}

export function addXattrLsCommand(xattr: Command, context: Context): void {
  xattr
    .command('ls')
    .description('List the extended attributes of a file or directory.')
    .argument('<path>', 'file or directory in the cluster')
    .option('--values', 'show the values as text')
    .addHelpText('after', examples('tessera xattr ls /studies/CT-0042', 'tessera xattr ls --values --json /studies'))
    .action((path: string, _: unknown, command: Command) => xattrLs(context, path, command.optsWithGlobals()));
}

async function xattrLs(context: Context, path: string, options: XattrLsOptions): Promise<void> {
  const { values = false } = options;
  await context.withClient(options, async (client) => {
    const xattrs = await client.listXattrs(path, { values, signal: context.signal });
    if (options.json) {
      for (const { text, bytes, value } of xattrs) context.printJson({ name: text, bytes, value });
    } else if (xattrs.length > 0) {
      context.printTable(values ? [...COLUMNS, VALUE] : COLUMNS, xattrs);
    }
  });
}

const COLUMNS: readonly Column<XattrInfo>[] = [
  { title: 'name', value: ({ text }) => text },
  { title: 'size', value: ({ bytes }) => formatSize(bytes), align: 'right' },
];

const VALUE: Column<XattrInfo> = {
  title: 'value',
  value: ({ value }) => printable(new TextDecoder().decode(value ?? new Uint8Array())),
};
