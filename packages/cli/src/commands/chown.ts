import { type AttributeChanges, TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { forEachPath } from '../each-path.js';
import { examples } from '../help-text.js';

const OWNER = /^(\d*)(?::(\d*))?$/;

export function addChownCommand(program: Command, context: Context): void {
  program
    .command('chown')
    .description('Set the owner, the group or both of files and directories, by number.')
    .argument('<owner>', 'UID, UID:GID or :GID')
    .argument('<paths...>', 'files or directories in the cluster')
    .addHelpText('after', examples('tessera chown 1000:1000 /studies', 'tessera chown :100 /studies/slice.dcm'))
    .action((owner: string, paths: string[], _: unknown, command: Command) =>
      chown(context, owner, paths, command.optsWithGlobals()),
    );
}

async function chown(context: Context, owner: string, paths: string[], options: GlobalOptions): Promise<void> {
  const changes = parseOwner(owner);
  await forEachPath(context, paths, options, async (client, path) => {
    const { uid, gid } = await client.setAttributes(path, changes, { signal: context.signal });
    return { uid, gid };
  });
}

/** @throws TesseraError INVALID_ARGUMENT */
function parseOwner(text: string): AttributeChanges {
  const [, uid = '', gid = ''] = OWNER.exec(text) ?? [];
  if (uid === '' && gid === '') {
    throw new TesseraError('INVALID_ARGUMENT', `'${text}' is no owner: write UID, UID:GID or :GID, in numbers`);
  }
  return { ...(uid === '' ? {} : { uid: Number(uid) }), ...(gid === '' ? {} : { gid: Number(gid) }) };
}
