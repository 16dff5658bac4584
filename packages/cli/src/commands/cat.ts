import { once } from 'node:events';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { optionValue } from '../option-value.js';
import { parseSize } from '../output/size.js';

interface CatOptions extends GlobalOptions {
  offset?: number;
  length?: number;
}

export function addCatCommand(program: Command, context: Context): void {
  program
    .command('cat')
    .description('Write stored files to standard output, one after the other.')
    .argument('<files...>', 'files in the cluster')
    .option('--offset <size>', 'begin at this byte of each file', optionValue(parseSize))
    .option('--length <size>', 'write at most so many bytes of each file', optionValue(parseSize))
    .addHelpText(
      'after',
      examples('tessera cat /studies/slice.dcm | dcmdump -', 'tessera cat --offset 128 --length 4 /studies/slice.dcm'),
    )
    .action((files: string[], _: unknown, command: Command) => cat(context, files, command.optsWithGlobals()));
}

async function cat(context: Context, files: string[], options: CatOptions): Promise<void> {
  const start = options.offset ?? 0;
  const end = options.length === undefined ? {} : { end: start + options.length };
  const { stdout } = context.terminal;
  await context.withClient(options, async (client) => {
    for (const file of files) {
      for await (const piece of client.readStream(file, { start, ...end, signal: context.signal })) {
        if (!stdout.write(piece)) await once(stdout, 'drain', { signal: context.signal });
      }
    }
  });
}
