import type { Client } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { joinRemote, remoteName } from '../remote-path.js';

interface MvOptions extends GlobalOptions {
  replace?: boolean;
}

export function addMvCommand(program: Command, context: Context): void {
  program
    .command('mv')
    .description('Rename a file or directory. An existing directory TO takes it in under its own name.')
    .argument('<from>', 'what to rename')
    .argument('<to>', 'its new path')
    .option('--replace', 'take the place of an existing file')
    .addHelpText(
      'after',
      examples('tessera mv /inbox/slice.dcm /studies/slice-1.dcm', 'tessera mv /inbox/CT-0042 /studies'),
    )
    .action((from: string, to: string, _: unknown, command: Command) =>
      mv(context, from, to, command.optsWithGlobals()),
    );
}

async function mv(context: Context, from: string, to: string, options: MvOptions): Promise<void> {
  await context.withClient(options, async (client) => {
    const target = (await isDirectory(client, to, context.signal)) ? joinRemote(to, remoteName(from)) : to;
    const { inode } = await client.rename(from, target, { replace: options.replace ?? false, signal: context.signal });
    if (options.json) context.printJson({ from, to: target, inode });
  });
}

async function isDirectory(client: Client, path: string, signal: AbortSignal): Promise<boolean> {
  // Whatever is wrong with the path, the rename itself says so.
  const attributes = await client.stat(path, { signal }).catch(() => undefined);
  return attributes?.kind === 'directory';
}
