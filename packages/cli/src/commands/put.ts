import path from 'node:path';
import { type Client, TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { examples } from '../help-text.js';
import { optionValue } from '../option-value.js';
import { parseCount } from '../output/count.js';
import { joinRemote } from '../remote-path.js';
import { FILES_IN_FLIGHT_DEFAULT, FILES_IN_FLIGHT_MAX } from '../transfer/limits.js';
import { Upload, type UploadOptions } from '../transfer/upload.js';

export function addPutCommand(program: Command, context: Context): void {
  program
    .command('put')
    .usage('[options] LOCAL... REMOTE')
    .description(
      'Store local files. An existing directory REMOTE takes them under their own names; otherwise the one LOCAL ' +
        'becomes REMOTE. LOCAL - is standard input.',
    )
    .argument('<paths...>', 'local files, then the remote path')
    .option('-r, --recursive', 'store directories with all they hold')
    .option('-p, --parents', 'make missing remote directories')
    .option('--replace', 'take the place of existing files')
    .option(
      '--concurrency <files>',
      'files in flight',
      optionValue(parseCount(1, FILES_IN_FLIGHT_MAX)),
      FILES_IN_FLIGHT_DEFAULT,
    )
    .addHelpText(
      'after',
      examples(
        'tessera put slice.dcm /studies/slice.dcm',
        'tessera put -r CT-0042 MR-0017 /studies/',
        'tar c study | tessera put - /archive/study.tar',
      ),
    )
    .action((paths: string[], _: unknown, command: Command) => put(context, paths, command.optsWithGlobals()));
}

async function put(context: Context, paths: string[], options: UploadOptions): Promise<void> {
  const locals = paths.slice(0, -1);
  const remote = paths.at(-1);
  if (remote === undefined || locals.length === 0) {
    throw new TesseraError('INVALID_ARGUMENT', 'put takes at least two paths: LOCAL... REMOTE');
  }
  await context.withClient(options, async (client) => {
    const intoDirectory = await isDirectoryTarget(client, remote, locals.length > 1, options, context.signal);
    const upload = new Upload(context, client, options);
    await upload.run(locals, (local) =>
      intoDirectory ? joinRemote(remote, path.basename(path.resolve(context.terminal.cwd, local))) : remote,
    );
    for (const warning of upload.tally.warnings()) context.note(warning);
    if (!options.json && upload.tally.files > 0) context.print(`stored ${upload.tally.summary()}`);
  });
}

/** Whether files go into REMOTE under their own names. Several files, or a closing slash, need it to be a directory. */
async function isDirectoryTarget(
  client: Client,
  remote: string,
  several: boolean,
  { parents }: UploadOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const attributes = await client.stat(remote, { signal }).catch((error: unknown) => {
    if (TesseraError.from(error).code !== 'NOT_FOUND') throw error;
    return undefined;
  });
  if (attributes?.kind === 'directory') return true;
  if (!several && !remote.endsWith('/')) return false;
  if (attributes !== undefined) throw new TesseraError('NOT_A_DIRECTORY', `${remote} is a file, no directory`);
  if (!parents) {
    throw new TesseraError('NOT_FOUND', `there is no directory ${remote}; make it with 'tessera mkdir -p', or pass -p`);
  }
  await client.mkdir(remote, { parents: true, signal });
  return true;
}
