import { TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { forEachPath } from '../each-path.js';
import { examples } from '../help-text.js';

const MODE = /^[0-7]{1,4}$/;

export function addChmodCommand(program: Command, context: Context): void {
  program
    .command('chmod')
    .description('Set the permission bits of files and directories. They are kept; nothing enforces them yet.')
    .argument('<mode>', 'octal, such as 640')
    .argument('<paths...>', 'files or directories in the cluster')
    .addHelpText('after', examples('tessera chmod 640 /studies/slice.dcm', 'tessera chmod 750 /studies /inbox'))
    .action((mode: string, paths: string[], _: unknown, command: Command) =>
      chmod(context, mode, paths, command.optsWithGlobals()),
    );
}

async function chmod(context: Context, text: string, paths: string[], options: GlobalOptions): Promise<void> {
  if (!MODE.test(text)) throw new TesseraError('INVALID_ARGUMENT', `'${text}' is no mode: write it octal, such as 640`);
  const mode = Number.parseInt(text, 8);
  await forEachPath(context, paths, options, async (client, path) => {
    await client.setAttributes(path, { mode }, { signal: context.signal });
    return { mode };
  });
}
