import type { Attributes } from '@tessera/client';
import { formatId } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { formatMode } from '../output/mode.js';
import { formatSize } from '../output/size.js';
import { formatFields } from '../output/table.js';
import { formatTimeNs } from '../output/time.js';

export function addStatCommand(program: Command, context: Context): void {
  program
    .command('stat')
    .description('Show what is known of files and directories.')
    .argument('<paths...>', 'files or directories in the cluster')
    .addHelpText('after', examples('tessera stat /studies/slice.dcm', 'tessera stat --json /studies'))
    .action((paths: string[], _: unknown, command: Command) => stat(context, paths, command.optsWithGlobals()));
}

async function stat(context: Context, paths: string[], options: GlobalOptions): Promise<void> {
  await context.withClient(options, async (client) => {
    for (const path of paths) {
      try {
        const attributes = await client.stat(path, { signal: context.signal });
        context.succeed();
        if (options.json) context.printJson({ path, ...attributes });
        else context.print(formatFields(fields(path, attributes)));
      } catch (error) {
        context.signal.throwIfAborted();
        context.fail(error, options, { path });
      }
    }
  });
}

function fields(path: string, attributes: Attributes): [string, string | number][] {
  const { kind, bytes, entries } = attributes;
  return [
    ['path', path],
    ['kind', kind],
    kind === 'file' ? ['size', `${formatSize(bytes)} (${bytes} bytes)`] : ['entries', entries],
    ['mode', formatMode(attributes)],
    ['owner', `${attributes.uid}:${attributes.gid}`],
    ['links', attributes.links],
    ['inode', formatId(attributes.inode)],
    ['created', formatTimeNs(attributes.createdNs)],
    ['modified', formatTimeNs(attributes.modifiedNs)],
    ['changed', formatTimeNs(attributes.changedNs)],
    ['version', attributes.version.toString()],
  ];
}
