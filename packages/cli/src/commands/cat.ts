import { once } from 'node:events';
import { type Client, TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import { type ByteRange, parseRange } from '../byte-range.js';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { optionValue } from '../option-value.js';
import { parseSize } from '../output/size.js';

interface CatOptions extends GlobalOptions {
  offset?: number;
  length?: number;
  range?: ByteRange;
}

export function addCatCommand(program: Command, context: Context): void {
  program
    .command('cat')
    .description(
      'Write stored files to standard output, one after the other. What fails is told, and the rest goes on.',
    )
    .argument('<files...>', 'files in the cluster')
    .option('--offset <size>', 'begin at this byte of each file', optionValue(parseSize))
    .option('--length <size>', 'write at most so many bytes of each file', optionValue(parseSize))
    .option(
      '--range <range>',
      'FIRST-LAST, FIRST- or -COUNT, as in HTTP: these bytes of each file',
      optionValue(parseRange),
    )
    .addHelpText(
      'after',
      examples(
        'tessera cat /studies/slice.dcm | dcmdump -',
        'tessera cat --offset 128 --length 4 /studies/slice.dcm',
        'tessera cat --range=-1KiB /logs/a /logs/b',
      ),
    )
    .action((files: string[], _: unknown, command: Command) => cat(context, files, command.optsWithGlobals()));
}

async function cat(context: Context, files: string[], options: CatOptions): Promise<void> {
  const { offset: start = 0, length, range: given } = options;
  if (given !== undefined && (options.offset ?? length) !== undefined) {
    throw new TesseraError('INVALID_ARGUMENT', '--range and --offset or --length say the same thing: pass one');
  }
  const range = given ?? (length === undefined ? { start } : { start, end: start + length });
  await context.withClient(options, async (client) => {
    for (const file of files) {
      try {
        await writeOut(context, client, file, range);
        context.succeed();
      } catch (error) {
        context.signal.throwIfAborted();
        // Standard output is for the bytes.
        context.fail(error, { ...options, json: false }, {});
      }
    }
  });
}

async function writeOut(context: Context, client: Client, file: string, range: ByteRange): Promise<void> {
  const { signal, terminal } = context;
  const { stdout } = terminal;
  const bytes = 'last' in range ? await bytesOfLast(client, file, range.last, signal) : range;
  for await (const piece of client.readStream(file, { ...bytes, signal })) {
    if (!stdout.write(piece)) await once(stdout, 'drain', { signal });
  }
}

async function bytesOfLast(
  client: Client,
  file: string,
  last: number,
  signal: AbortSignal,
): Promise<{ start: number }> {
  const { bytes } = await client.stat(file, { signal });
  return { start: Math.max(0, bytes - last) };
}
