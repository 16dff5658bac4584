import { type Client, TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { formatSize } from '../output/size.js';
import { joinRemote, remoteName } from '../remote-path.js';
import { type WalkedNode, walkTree } from '../remote-walk.js';
import { concurrently } from '../transfer/concurrently.js';
import { jobsOption } from '../transfer/transfer-options.js';

interface CpOptions extends GlobalOptions {
  recursive?: boolean;
  parents?: boolean;
  replace?: boolean;
  rewrite?: boolean;
  jobs: number;
}

export function addCpCommand(program: Command, context: Context): void {
  program
    .command('cp')
    .description(
      'Copy a file, or with -r a directory, inside the cluster. Copies share the stored bytes where the layout allows ' +
        'it. An existing directory TO takes the copy in.',
    )
    .argument('<from>', 'file or directory in the cluster')
    .argument('<to>', 'its copy')
    .option('-r, --recursive', 'copy a directory with all it holds; symbolic links stay links')
    .option('-p, --parents', 'make missing parents of TO')
    .option('--replace', 'take the place of existing files')
    .option('--rewrite', 'read and write the bytes, under the layout of TO')
    .addOption(jobsOption())
    .addHelpText(
      'after',
      examples('tessera cp /studies/slice.dcm /inbox', 'tessera cp -r /studies/CT-0042 /teaching/CT-0042'),
    )
    .action((from: string, to: string, _: unknown, command: Command) =>
      cp(context, from, to, command.optsWithGlobals()),
    );
}

async function cp(context: Context, from: string, to: string, options: CpOptions): Promise<void> {
  const { signal } = context;
  await context.withClient(options, async (client) => {
    const source = await client.stat(from, { signal });
    if (source.kind === 'directory' && !options.recursive) {
      throw new TesseraError('IS_A_DIRECTORY', `${from} is a directory`);
    }
    const there = await client.stat(to, { signal }).catch(() => undefined);
    const target = there?.kind === 'directory' ? joinRemote(to, remoteName(from)) : to;
    const totals = { files: 0, bytes: 0 };
    await concurrently(nodesToCopy(context, client, from, target, options), options.jobs, async (node) => {
      const bytes = await copyNode(context, client, node, joinTarget(target, node.relative), options);
      if (bytes === undefined) return;
      totals.files += 1;
      totals.bytes += bytes;
    });
    signal.throwIfAborted();
    if (!options.json && totals.files > 0) {
      context.print(`copied ${totals.files} ${totals.files === 1 ? 'file' : 'files'}, ${formatSize(totals.bytes)}`);
    }
  });
}

/** Files and links of the tree; each directory is made when its turn comes, which is before its entries'. */
async function* nodesToCopy(
  context: Context,
  client: Client,
  from: string,
  target: string,
  options: CpOptions,
): AsyncGenerator<WalkedNode> {
  const { signal } = context;
  const made = new Set<bigint>();
  // A tree that is copied into itself does not copy its copy.
  const skips = ({ attributes }: WalkedNode) => made.has(attributes.inode);
  for await (const node of walkTree(client, from, { signal, skips })) {
    if (node.attributes.kind !== 'directory') {
      yield node;
      continue;
    }
    if (skips(node)) continue;
    const path = joinTarget(target, node.relative);
    const parents = node.depth > 0 || (options.parents ?? false);
    const there = await client.stat(path, { signal }).catch(() => undefined);
    const { inode } =
      there?.kind === 'directory'
        ? there
        : (await client.mkdir(path, { parents, mode: node.attributes.mode, signal })).attributes;
    if (node.depth === 0) made.add(inode);
  }
}

/** Its bytes; undefined when it failed, which is reported. */
async function copyNode(
  context: Context,
  client: Client,
  { path, attributes }: WalkedNode,
  to: string,
  options: CpOptions,
): Promise<number | undefined> {
  const { signal } = context;
  const { replace = false, parents: makeParents = false } = options;
  try {
    if (attributes.kind === 'symlink') {
      const { target } = await client.readlink(path, { signal });
      await client.symlink(target, to, { replace, makeParents, signal });
      if (options.json) context.printJson({ path, to, bytes: attributes.bytes });
    } else {
      const how = options.rewrite ? 'rewrite' : 'auto';
      const { shared } = await client.copy(path, to, { replace, makeParents, how, signal });
      if (options.json) context.printJson({ path, to, bytes: attributes.bytes, shared });
    }
    context.succeed();
    return attributes.bytes;
  } catch (error) {
    signal.throwIfAborted();
    context.fail(error, options, { path, to }, `${path} → ${to}`);
    return undefined;
  }
}

function joinTarget(target: string, relative: string): string {
  return relative === '' ? target : joinRemote(target, relative);
}
