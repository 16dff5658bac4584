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
    .option('--no-follow', 'of symbolic links themselves, not of what they lead to')
    .addHelpText('after', examples('tessera stat /studies/slice.dcm', 'tessera stat --json /studies'))
    .action((paths: string[], _: unknown, command: Command) => stat(context, paths, command.optsWithGlobals()));
}

interface StatOptions extends GlobalOptions {
  /** False with --no-follow. */
  follow: boolean;
}

async function stat(context: Context, paths: string[], options: StatOptions): Promise<void> {
  await context.withClient(options, async (client) => {
    for (const path of paths) {
      try {
        const attributes = await client.stat(path, { follow: options.follow, signal: context.signal });
        const isLink = attributes.kind === 'symlink';
        const target = isLink ? (await client.readlink(path, { signal: context.signal })).text : undefined;
        context.succeed();
        if (options.json) context.printJson({ path, ...attributes, target });
        else context.print(formatFields(fields(path, attributes, target)));
      } catch (error) {
        context.signal.throwIfAborted();
        context.fail(error, options, { path });
      }
    }
  });
}

function fields(path: string, attributes: Attributes, target: string | undefined): [string, string | number][] {
  const { kind, bytes, entries } = attributes;
  return [
    ['path', path],
    ['kind', kind],
    kind === 'directory' ? ['entries', entries] : ['size', `${formatSize(bytes)} (${bytes} bytes)`],
    ...(target === undefined ? [] : [['target', target] as [string, string]]),
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
