import { type Client, type FileHandle, TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { forEachPath } from '../each-path.js';
import { examples } from '../help-text.js';
import { optionValue } from '../option-value.js';
import { parseSizeChange, type SizeChange } from '../output/size-change.js';

interface TruncateOptions extends GlobalOptions {
  size?: SizeChange;
  /** False with --no-create. */
  create: boolean;
}

/** Times a change is worked out anew because others changed the file meanwhile. */
const ATTEMPTS_MAX = 10;

export function addTruncateCommand(program: Command, context: Context): void {
  program
    .command('truncate')
    .description('Cut files, or lengthen them by a hole, which reads as zeros and takes no space.')
    .argument('<files...>', 'files in the cluster; missing ones are made')
    .option(
      '-s, --size <size>',
      'length: 64KiB, 1M; with + or - in front more or less, < at most, > at least, / or % down or up to a multiple',
      optionValue(parseSizeChange),
    )
    .option('-c, --no-create', 'do not make files')
    .addHelpText('after', examples('tessera truncate -s 0 /logs/a', 'tessera truncate --size +1M /volumes/disk.img'))
    .action((files: string[], _: unknown, command: Command) => truncate(context, files, command.optsWithGlobals()));
}

async function truncate(
  context: Context,
  files: string[],
  { size, create, ...options }: TruncateOptions,
): Promise<void> {
  const { signal } = context;
  if (size === undefined) {
    throw new TesseraError('INVALID_ARGUMENT', 'truncate needs a length: pass --size, for example --size 0');
  }
  await forEachPath(context, files, options, async (client, path) => {
    const file = await opened(client, path, create, signal);
    if (file === undefined) return { created: false };
    try {
      return { bytes: await change(file, size, signal) };
    } finally {
      await file.close();
    }
  });
}

/** Undefined when it is missing and not to be made. */
async function opened(
  client: Client,
  path: string,
  create: boolean,
  signal: AbortSignal,
): Promise<FileHandle | undefined> {
  try {
    return await client.open(path, 'r+', { signal });
  } catch (error) {
    if (TesseraError.from(error).code !== 'NOT_FOUND') throw error;
    if (!create) return undefined;
  }
  // Leaves alone what another made meanwhile.
  return client.open(path, 'a+', { signal });
}

/** Answers the new length. What depends on the old one happens only to a file that has it still. */
async function change(file: FileHandle, { isRelative, from }: SizeChange, signal: AbortSignal): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const { bytes, contentVersion } = await file.stat({ signal });
    try {
      const condition = isRelative ? { ifVersion: contentVersion } : {};
      return (await file.truncate(from(bytes), { ...condition, signal })).bytes;
    } catch (error) {
      if (TesseraError.from(error).code !== 'CHANGED' || attempt >= ATTEMPTS_MAX) throw error;
    }
  }
}
