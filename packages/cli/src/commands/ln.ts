import type { Client } from '@tessera/client';
import { TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { joinRemote, remoteName } from '../remote-path.js';

interface LnOptions extends GlobalOptions {
  symbolic?: boolean;
  replace?: boolean;
}

export function addLnCommand(program: Command, context: Context): void {
  program
    .command('ln')
    .description(
      'Give a file one more name, or with -s make a symbolic link. An existing directory NAME takes the link in.',
    )
    .argument('<target>', 'the file; with -s any path, from the root or from the directory of the link')
    .argument('<name>', 'the new name')
    .option('-s, --symbolic', 'make a symbolic link')
    .option('--replace', 'with -s: take the place of an existing file or link')
    .addHelpText(
      'after',
      examples('tessera ln /studies/slice.dcm /inbox/slice.dcm', 'tessera ln -s CT-0042 /studies/latest'),
    )
    .action((target: string, name: string, _: unknown, command: Command) =>
      ln(context, target, name, command.optsWithGlobals()),
    );
}

async function ln(context: Context, target: string, name: string, options: LnOptions): Promise<void> {
  const { symbolic = false, replace = false } = options;
  const { signal } = context;
  if (replace && !symbolic) throw new TesseraError('INVALID_ARGUMENT', '--replace goes with -s only');
  await context.withClient(options, async (client) => {
    const path = (await isDirectory(client, name, signal)) ? joinRemote(name, remoteName(target)) : name;
    const { inode, links } = symbolic
      ? await client.symlink(target, path, { replace, signal })
      : await client.link(target, path, { signal });
    if (options.json) context.printJson({ target, path, symbolic, inode, links });
  });
}

/** Itself: a link to a directory can be replaced. */
async function isDirectory(client: Client, path: string, signal: AbortSignal): Promise<boolean> {
  // Whatever is wrong with the path, making the link says so.
  const attributes = await client.stat(path, { follow: false, signal }).catch(() => undefined);
  return attributes?.kind === 'directory';
}
