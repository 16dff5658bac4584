import { type Command, Option } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { globMatcher } from '../glob.js';
import { examples } from '../help-text.js';
import { optionValue } from '../option-value.js';
import { parseSize } from '../output/size.js';
import { printable } from '../output/table.js';
import { type WalkedNode, walkTree } from '../remote-walk.js';

const KINDS = { f: 'file', d: 'directory', l: 'symlink' } as const;

interface FindOptions extends GlobalOptions {
  name?: string;
  type?: keyof typeof KINDS;
  size?: (bytes: number) => boolean;
}

export function addFindCommand(program: Command, context: Context): void {
  program
    .command('find')
    .description('Find what is at a path and below it by name, kind and size. Symbolic links are not followed.')
    .argument('[path]', 'where to look', '/')
    .option('--name <pattern>', 'names that match: *, ?, [a-z]')
    .addOption(new Option('--type <letter>', 'f: files, d: directories, l: symbolic links').choices(Object.keys(KINDS)))
    .option('--size <bound>', 'files of this size, +SIZE of more, -SIZE of less', optionValue(parseBound))
    .addHelpText(
      'after',
      examples("tessera find /studies --name '*.dcm' --size +1MiB", 'tessera find --type l --json /'),
    )
    .action((path: string, _: unknown, command: Command) => find(context, path, command.optsWithGlobals()));
}

async function find(context: Context, path: string, options: FindOptions): Promise<void> {
  const matches = options.name === undefined ? () => true : globMatcher(options.name);
  const { type, size } = options;
  const isWanted = ({ name, attributes: { kind, bytes } }: WalkedNode) =>
    matches(name) &&
    (type === undefined || kind === KINDS[type]) &&
    (size === undefined || (kind === 'file' && size(bytes)));
  await context.withClient(options, async (client) => {
    for await (const node of walkTree(client, path, { signal: context.signal })) {
      if (!isWanted(node)) continue;
      if (options.json) context.printJson({ path: node.path, ...node.attributes });
      else context.print(printable(node.path));
    }
  });
}

/** @throws TesseraError INVALID_ARGUMENT */
function parseBound(text: string): (bytes: number) => boolean {
  const sign = /^[+-]/.exec(text)?.[0];
  const bound = parseSize(sign === undefined ? text : text.slice(1));
  if (sign === '+') return (bytes) => bytes > bound;
  return sign === '-' ? (bytes) => bytes < bound : (bytes) => bytes === bound;
}
