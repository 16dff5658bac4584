import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Client, TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { optionValue } from '../option-value.js';
import { parseCount } from '../output/count.js';
import { remoteName } from '../remote-path.js';
import { concurrently } from '../transfer/concurrently.js';
import { download } from '../transfer/download.js';
import { FILES_IN_FLIGHT_DEFAULT, FILES_IN_FLIGHT_MAX } from '../transfer/limits.js';
import { type RemoteNode, walkRemote } from '../transfer/remote-tree.js';
import { Tally } from '../transfer/tally.js';

interface GetOptions extends GlobalOptions {
  recursive?: boolean;
  replace?: boolean;
  concurrency: number;
}

export function addGetCommand(program: Command, context: Context): void {
  program
    .command('get')
    .description(
      'Copy a stored file, or with -r a directory, to a local path. An existing local directory takes it in.',
    )
    .argument('<remote>', 'file or directory in the cluster')
    .argument('<local>', 'local path')
    .option('-r, --recursive', 'copy a directory with all it holds')
    .option('--replace', 'take the place of existing local files')
    .option(
      '--concurrency <files>',
      'files in flight',
      optionValue(parseCount(1, FILES_IN_FLIGHT_MAX)),
      FILES_IN_FLIGHT_DEFAULT,
    )
    .addHelpText('after', examples('tessera get /studies/slice.dcm .', 'tessera get -r /studies/CT-0042 ./CT-0042'))
    .action((remote: string, local: string, _: unknown, command: Command) =>
      get(context, remote, local, command.optsWithGlobals()),
    );
}

async function get(context: Context, remote: string, local: string, options: GetOptions): Promise<void> {
  await context.withClient(options, async (client) => {
    const { kind } = await client.stat(remote, { signal: context.signal });
    if (kind === 'directory' && !options.recursive)
      throw new TesseraError('IS_A_DIRECTORY', `${remote} is a directory`);
    const target = await localTarget(path.resolve(context.terminal.cwd, local), remoteName(remote));
    const tally = new Tally();
    const nodes = kind === 'directory' ? walkRemote(client, remote, context.signal) : [fileNode(remote)];
    await concurrently(localDirectoriesMade(nodes, target), options.concurrency, (node) =>
      copy(context, client, node.path, path.join(target, node.relative), options, tally),
    );
    context.signal.throwIfAborted();
    if (!options.json && tally.files > 0) context.print(`copied ${tally.summary()}`);
  });
}

/** An existing local directory takes the file or tree under its remote name. */
async function localTarget(local: string, name: string): Promise<string> {
  const found = await stat(local).catch(() => undefined);
  return found?.isDirectory() ? path.join(local, name) : local;
}

function fileNode(remote: string): RemoteNode {
  return { kind: 'file', path: remote, relative: '' };
}

/** The files among the nodes; each directory is made when its turn comes, which is before its files'. */
async function* localDirectoriesMade(
  nodes: AsyncIterable<RemoteNode> | Iterable<RemoteNode>,
  target: string,
): AsyncGenerator<RemoteNode> {
  for await (const node of nodes) {
    if (node.kind === 'file') yield node;
    else await mkdir(path.join(target, node.relative), { recursive: true });
  }
}

async function copy(
  context: Context,
  client: Client,
  remote: string,
  local: string,
  options: GetOptions,
  tally: Tally,
): Promise<void> {
  try {
    const bytes = await download(client, remote, local, { replace: options.replace ?? false, signal: context.signal });
    tally.add(bytes);
    context.succeed();
    if (options.json) context.printJson({ path: remote, local, bytes });
  } catch (error) {
    context.signal.throwIfAborted();
    context.fail(error, options, { path: remote, local }, `${remote} → ${local}`);
  }
}
