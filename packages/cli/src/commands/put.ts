import path from 'node:path';
import { type Client, type Hints, inParallel, TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { examples } from '../help-text.js';
import { hintOption } from '../hint-option.js';
import { joinRemote } from '../remote-path.js';
import { withSummary } from '../transfer/finish.js';
import { LocalSide } from '../transfer/local-side.js';
import { RemoteSide } from '../transfer/remote-side.js';
import { uploadRoute } from '../transfer/route.js';
import { Tally } from '../transfer/tally.js';
import { ClusterLost, Transfer } from '../transfer/transfer.js';
import { addTransferOptions, type TransferOptions } from '../transfer/transfer-options.js';
import { TransferReport } from '../transfer/transfer-report.js';

interface PutOptions extends TransferOptions {
  recursive?: boolean;
  parents?: boolean;
  replace?: boolean;
  hint?: Hints;
}

const ENDS = { from: 'local', to: 'path' };
const STDIN = '-';

export function addPutCommand(program: Command, context: Context): void {
  const command = program
    .command('put')
    .usage('[options] LOCAL... REMOTE')
    .description(
      'Store local files. A file goes into an existing directory REMOTE under its own name, else it becomes REMOTE. A ' +
        'directory (-r) becomes REMOTE, or goes into it if REMOTE ends in a slash. Several go into REMOTE. LOCAL - is ' +
        'standard input. What is there already, the same, is not sent again: after an interruption the same command ' +
        'goes on.',
    )
    .argument('<paths...>', 'local files, then the remote path')
    .option('-r, --recursive', 'store directories with all they hold')
    .option('-p, --parents', 'make missing remote directories')
    .option('--replace', 'take the place of existing files that differ')
    .addOption(hintOption('the stored files'));
  addTransferOptions(command)
    .addHelpText(
      'after',
      examples(
        'tessera put slice.dcm /studies/slice.dcm',
        'tessera put -r CT-0042 MR-0017 /studies/',
        "tessera put -r --include '*.dcm' --verify CT-0042 /studies/CT-0042",
        'tar c study | tessera put - /archive/study.tar',
        'tessera put --hint redundancy=copies-3 --hint server-order=local slide.tiff /slides/',
      ),
    )
    .action((paths: string[], _: unknown, self: Command) => put(context, paths, self.optsWithGlobals()));
}

async function put(context: Context, paths: string[], options: PutOptions): Promise<void> {
  const locals = paths.slice(0, -1);
  const remote = paths.at(-1);
  if (remote === undefined || locals.length === 0) {
    throw new TesseraError('INVALID_ARGUMENT', 'put takes at least two paths: LOCAL... REMOTE');
  }
  await context.withClient(options, async (client) => {
    const tally = new Tally();
    await withSummary(context, options, tally, 'stored', async () => {
      const { signal } = context;
      const sources = await Promise.all(locals.map((local) => sourceOf(context, local)));
      const targetOf = await targets(client, remote, sources, options, signal);
      const bring = (source: Source) => putOne(context, client, source, targetOf(source), options, tally);
      const files = sources.filter(({ isDirectory }) => !isDirectory);
      for await (const _ of inParallel(files, { itemsMax: options.jobs }, bring)) signal.throwIfAborted();
      // Each of these has as many files in flight as it may.
      for (const directory of sources.filter(({ isDirectory }) => isDirectory)) await bring(directory);
    });
  });
}

interface Source {
  local: string;
  isDirectory: boolean;
}

async function sourceOf(context: Context, local: string): Promise<Source> {
  if (local === STDIN) return { local, isDirectory: false };
  const absolute = path.resolve(context.terminal.cwd, local);
  const found = await new LocalSide(absolute).look('', { follow: true }).catch(() => undefined);
  return { local: absolute, isDirectory: found?.kind === 'directory' };
}

/** Where each source goes. */
async function targets(
  client: Client,
  remote: string,
  sources: readonly Source[],
  { parents, dryRun }: PutOptions,
  signal: AbortSignal,
): Promise<(source: Source) => string> {
  const under = ({ local }: Source) => joinRemote(remote, path.basename(local));
  const there = await new RemoteSide(client, remote, signal).look('', { follow: true });
  const into = sources.length > 1 || remote.endsWith('/');
  if (!into) return (source) => (there?.kind === 'directory' && !source.isDirectory ? under(source) : remote);
  if (there?.kind === 'directory') return under;
  if (there !== undefined) throw new TesseraError('NOT_A_DIRECTORY', `${remote} is a file, no directory`);
  if (!parents) {
    throw new TesseraError('NOT_FOUND', `there is no directory ${remote}; make it with 'tessera mkdir -p', or pass -p`);
  }
  if (!dryRun) await client.mkdir(remote, { parents: true, signal });
  return under;
}

async function putOne(
  context: Context,
  client: Client,
  { local }: Source,
  target: string,
  options: PutOptions,
  tally: Tally,
): Promise<void> {
  const { recursive = false, replace = false, parents = false } = options;
  const { signal } = context;
  const route = uploadRoute(client, new LocalSide(local), new RemoteSide(client, target, signal));
  const report = new TransferReport(context, route, options, tally, ENDS);
  try {
    if (local === STDIN) await putStdin(context, client, target, options, tally);
    else await new Transfer(context, route, { ...options, recursive, replace, parents }, report).start();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ClusterLost) throw error;
    report.failed('', error);
  }
}

async function putStdin(
  context: Context,
  client: Client,
  path: string,
  { replace = false, parents = false, json, dryRun }: PutOptions,
  tally: Tally,
): Promise<void> {
  if (dryRun) return;
  const options = { replace, makeParents: parents, signal: context.signal };
  const { attributes, protection, detail } = await client.putFile(path, context.terminal.stdin, options);
  const { inode, bytes } = attributes;
  tally.add(bytes, protection, detail);
  context.succeed();
  if (json) context.printJson({ action: 'stored', local: STDIN, path, inode, bytes, protection, detail });
}
