import type { Client, Entry } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { optionValue } from '../option-value.js';
import { parseCount } from '../output/count.js';
import { printable } from '../output/table.js';
import { joinRemote } from '../remote-path.js';
import { walkTree } from '../remote-walk.js';

const DEPTH_MAX = 4096;

interface TreeOptions extends GlobalOptions {
  depth: number;
}

export function addTreeCommand(program: Command, context: Context): void {
  program
    .command('tree')
    .description('Show a directory and what is below it as a tree.')
    .argument('[path]', 'directory in the cluster', '/')
    .option('--depth <levels>', 'so many levels', optionValue(parseCount(1, DEPTH_MAX)), DEPTH_MAX)
    .addHelpText('after', examples('tessera tree --depth 2', 'tessera tree /studies/CT-0042'))
    .action((path: string, _: unknown, command: Command) => tree(context, path, command.optsWithGlobals()));
}

async function tree(context: Context, path: string, options: TreeOptions): Promise<void> {
  const { depth, json } = options;
  await context.withClient(options, async (client) => {
    if (json) {
      const skips = (node: { depth: number }) => node.depth >= depth;
      for await (const node of walkTree(client, path, { signal: context.signal, skips })) {
        context.printJson({ path: node.path, depth: node.depth, ...node.attributes });
      }
      return;
    }
    context.print(printable(path));
    await branches(context, client, path, '', depth);
  });
}

async function branches(context: Context, client: Client, path: string, indent: string, levels: number): Promise<void> {
  if (levels === 0) return;
  for await (const [entry, isLast] of withLast(client.list(path, { signal: context.signal }))) {
    context.print(`${indent}${isLast ? '└── ' : '├── '}${printable(shown(entry))}`);
    if (entry.kind !== 'directory') continue;
    const below = `${indent}${isLast ? '    ' : '│   '}`;
    await branches(context, client, joinRemote(path, entry.text), below, levels - 1);
  }
}

function shown({ text, kind }: Entry): string {
  if (kind === 'symlink') return `${text}@`;
  return kind === 'directory' ? `${text}/` : text;
}

/** Each item with whether it is the last. */
async function* withLast<Item>(items: AsyncIterable<Item>): AsyncGenerator<[Item, boolean]> {
  let held: { item: Item } | undefined;
  for await (const item of items) {
    if (held !== undefined) yield [held.item, false];
    held = { item };
  }
  if (held !== undefined) yield [held.item, true];
}
