import type { Attributes, Client } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { formatMode } from '../output/mode.js';
import { formatSize } from '../output/size.js';
import { type Column, printable } from '../output/table.js';
import { formatTimeNs } from '../output/time.js';
import { remoteName } from '../remote-path.js';

interface LsOptions extends GlobalOptions {
  long?: boolean;
}

interface Listed {
  name: string;
  attributes: Attributes;
}

export function addLsCommand(program: Command, context: Context): void {
  program
    .command('ls')
    .description('List a directory, or show one file.')
    .argument('[path]', 'directory or file in the cluster', '/')
    .option('-l, --long', 'show mode, size and time of each entry')
    .addHelpText('after', examples('tessera ls', 'tessera ls -l /studies/CT-0042', 'tessera ls --json /studies'))
    .action((path: string, _: unknown, command: Command) => ls(context, path, command.optsWithGlobals()));
}

async function ls(context: Context, path: string, options: LsOptions): Promise<void> {
  await context.withClient(options, async (client) => {
    const listed = list(client, path, context.signal);
    if (options.json) {
      for await (const { name, attributes } of listed) context.printJson({ name, ...attributes });
    } else if (options.long) {
      const rows: Listed[] = [];
      for await (const row of listed) rows.push(row);
      if (rows.length > 0) context.printTable(LONG, rows);
    } else {
      for await (const { name, attributes } of listed) context.print(printable(shownName(name, attributes)));
    }
  });
}

async function* list(client: Client, path: string, signal: AbortSignal): AsyncGenerator<Listed> {
  const attributes = await client.stat(path, { signal });
  if (attributes.kind !== 'directory') {
    yield { name: remoteName(path), attributes };
    return;
  }
  for await (const entry of client.list(path, { attributes: true, signal })) {
    if (entry.attributes !== undefined) yield { name: entry.text, attributes: entry.attributes };
  }
}

const LONG: readonly Column<Listed>[] = [
  { title: 'mode', value: ({ attributes }) => formatMode(attributes) },
  { title: 'links', value: ({ attributes }) => attributes.links, align: 'right' },
  { title: 'size', value: ({ attributes }) => shownSize(attributes), align: 'right' },
  { title: 'modified', value: ({ attributes }) => formatTimeNs(attributes.modifiedNs) },
  { title: 'name', isShrinkable: true, value: ({ name, attributes }) => shownName(name, attributes) },
];

function shownSize({ kind, bytes, entries }: Attributes): string {
  if (kind !== 'directory') return formatSize(bytes);
  return entries === 1 ? '1 entry' : `${entries} entries`;
}

function shownName(name: string, { kind }: Attributes): string {
  if (kind === 'symlink') return `${name}@`;
  return kind === 'directory' ? `${name}/` : name;
}
