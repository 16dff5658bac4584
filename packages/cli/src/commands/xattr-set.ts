import { type SetXattrOptions, TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { utf8 } from '../utf8.js';

/** As much as the metaserver takes. */
const VALUE_BYTES_MAX = 64 * 1024;

interface XattrSetOptions extends GlobalOptions {
  create?: boolean;
  replace?: boolean;
  ifValue?: string;
}

export function addXattrSetCommand(xattr: Command, context: Context): void {
  xattr
    .command('set')
    .description('Set an extended attribute. VALUE is text; - reads the value from standard input.')
    .argument('<path>', 'file or directory in the cluster')
    .argument('<name>', 'the attribute')
    .argument('<value>', 'its value')
    .option('--create', 'only when it is not there')
    .option('--replace', 'only when it is there')
    .option('--if-value <text>', 'only when it has this value now')
    .addHelpText(
      'after',
      examples(
        'tessera xattr set /studies/CT-0042 study.uid 1.2.840.99.1',
        'tessera xattr set --if-value no /studies/CT-0042 reviewed yes',
        'tessera xattr set /studies/CT-0042 thumbnail - < thumbnail.png',
      ),
    )
    .action((path: string, name: string, value: string, _: unknown, command: Command) =>
      xattrSet(context, { path, name, value }, command.optsWithGlobals()),
    );
}

async function xattrSet(
  context: Context,
  { path, name, value }: { path: string; name: string; value: string },
  options: XattrSetOptions,
): Promise<void> {
  if (options.create && options.replace) {
    throw new TesseraError('INVALID_ARGUMENT', '--create and --replace exclude each other');
  }
  const conditions: SetXattrOptions = {};
  if (options.create) conditions.mode = 'create';
  if (options.replace) conditions.mode = 'replace';
  if (options.ifValue !== undefined) conditions.ifValue = utf8(options.ifValue);
  const bytes = value === '-' ? await readAll(context.terminal.stdin) : utf8(value);
  await context.withClient(options, async (client) => {
    await client.setXattr(path, name, bytes, { ...conditions, signal: context.signal });
    if (options.json) context.printJson({ path, name, bytes: bytes.length });
  });
}

async function readAll(input: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    bytes += chunk.length;
    if (bytes > VALUE_BYTES_MAX) {
      throw new TesseraError('TOO_LARGE', `the value has more than ${VALUE_BYTES_MAX} bytes; keep it in a file`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
