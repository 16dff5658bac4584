import { type Hints, TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { forEachPath } from '../each-path.js';
import { examples } from '../help-text.js';
import { hintOption } from '../hint-option.js';
import { optionValue } from '../option-value.js';
import { parseTimeNs } from '../output/time.js';

interface TouchOptions extends GlobalOptions {
  /** False with --no-create. */
  create: boolean;
  time?: bigint;
  hint?: Hints;
}

export function addTouchCommand(program: Command, context: Context): void {
  program
    .command('touch')
    .description('Make empty files, or set the modification time of what is there.')
    .argument('<paths...>', 'files or directories in the cluster')
    .option('-c, --no-create', 'do not make files')
    .option('-t, --time <time>', 'instead of now: ISO 8601, or ns since 1970', optionValue(parseTimeNs))
    .addOption(hintOption('files that are made'))
    .addHelpText(
      'after',
      examples(
        'tessera touch /studies/done',
        'tessera touch -t 2026-11-22T08:00:00Z /studies/a.dcm',
        'tessera touch --hint distribution=simple_stripe:strip_size=4M /volumes/v',
      ),
    )
    .action((paths: string[], _: unknown, command: Command) => touch(context, paths, command.optsWithGlobals()));
}

async function touch(context: Context, paths: string[], options: TouchOptions): Promise<void> {
  const time = options.time === undefined ? {} : { modifiedNs: options.time };
  await forEachPath(context, paths, options, async (client, path) => {
    try {
      const { attributes, created } = await client.touch(path, {
        create: options.create,
        ...time,
        ...(options.hint === undefined ? {} : { hints: options.hint }),
        signal: context.signal,
      });
      return { created, modifiedNs: attributes.modifiedNs };
    } catch (error) {
      // As touch -c does elsewhere.
      if (options.create || TesseraError.from(error).code !== 'NOT_FOUND') throw error;
      return { created: false };
    }
  });
}
