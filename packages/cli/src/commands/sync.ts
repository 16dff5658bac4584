import path from 'node:path';
import { type Client, TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { examples } from '../help-text.js';
import { optionValue } from '../option-value.js';
import { parseCount } from '../output/count.js';
import { Deletion, type DeletionOptions } from '../transfer/deletion.js';
import { withSummary } from '../transfer/finish.js';
import { LocalSide } from '../transfer/local-side.js';
import { RemoteSide } from '../transfer/remote-side.js';
import { clusterRoute, downloadRoute, type Route, uploadRoute } from '../transfer/route.js';
import { Tally } from '../transfer/tally.js';
import { Transfer } from '../transfer/transfer.js';
import { addTransferOptions } from '../transfer/transfer-options.js';
import { TransferReport } from '../transfer/transfer-report.js';

interface SyncOptions extends DeletionOptions {
  delete?: boolean;
}

const ENDS = { from: 'from', to: 'to' };
const REMOTE_PREFIX = ':';

export function addSyncCommand(program: Command, context: Context): void {
  const command = program
    .command('sync')
    .description(
      'Make directory TO hold what directory FROM holds, one way. A path that begins with a colon is in the cluster; ' +
        'at least one is. Only what differs is transferred.',
    )
    .argument('<from>', 'local directory, or :/directory in the cluster')
    .argument('<to>', 'the same; it is made when missing')
    .option('--delete', 'delete in TO what is not in FROM, once all is transferred; excluded files are left alone')
    .option(
      '--max-delete <count>',
      'delete nothing if it would be more than so many',
      optionValue(parseCount(0, Number.MAX_SAFE_INTEGER)),
    )
    .option('--allow-empty', 'let an empty FROM empty TO');
  addTransferOptions(command)
    .addHelpText(
      'after',
      examples(
        'tessera sync ./studies :/studies',
        'tessera sync --delete --max-delete 100 :/studies /mnt/copy',
        "tessera sync --dry-run --delete --exclude '*.tmp' :/studies :/archive",
      ),
    )
    .action((from: string, to: string, _: unknown, self: Command) => sync(context, from, to, self.optsWithGlobals()));
}

async function sync(context: Context, from: string, to: string, options: SyncOptions): Promise<void> {
  checkOptions(from, to, options);
  if (isRemote(from) && isRemote(to)) checkApart(inCluster(from), inCluster(to));
  const { signal } = context;
  await context.withClient(options, async (client) => {
    const route = routeOf(context, client, from, to);
    const root = await route.source.look('', { follow: true });
    if (root === undefined) throw new TesseraError('NOT_FOUND', `${route.source.path('')} does not exist`);
    if (root.kind !== 'directory') {
      throw new TesseraError('NOT_A_DIRECTORY', `${route.source.path('')} is a file; put, get and cp take files`);
    }
    const tally = new Tally();
    const report = new TransferReport(context, route, options, tally, ENDS);
    const transfer = new Transfer(
      context,
      route,
      { ...options, recursive: true, replace: true, parents: true },
      report,
    );
    const deletion = new Deletion(context, route, transfer.filter, options, report);
    if (options.delete) await deletion.checkSource();
    await withSummary(context, options, tally, 'transferred', async () => {
      await transfer.start();
      if (!options.delete) return;
      // What could not be looked at might be there.
      if (tally.failed === 0) await deletion.run();
      else context.note('nothing was deleted, since something failed');
      signal.throwIfAborted();
    });
  });
}

/** @throws TesseraError INVALID_ARGUMENT */
function checkOptions(from: string, to: string, options: SyncOptions): void {
  if (!isRemote(from) && !isRemote(to)) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `neither ${from} nor ${to} is in the cluster: a path there begins with a colon, as in :/studies`,
    );
  }
  if (!options.delete && (options.maxDelete !== undefined || options.allowEmpty)) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      '--max-delete and --allow-empty say how far --delete may go: pass it too',
    );
  }
}

function routeOf(context: Context, client: Client, from: string, to: string): Route {
  const { signal, terminal } = context;
  const remote = (text: string) => new RemoteSide(client, inCluster(text), signal);
  const local = (text: string) => new LocalSide(path.resolve(terminal.cwd, text));
  if (!isRemote(from)) return uploadRoute(client, local(from), remote(to));
  return isRemote(to) ? clusterRoute(client, remote(from), remote(to)) : downloadRoute(client, remote(from), local(to));
}

function isRemote(text: string): boolean {
  return text.startsWith(REMOTE_PREFIX);
}

function inCluster(text: string): string {
  return text.slice(REMOTE_PREFIX.length);
}

/** @throws TesseraError INVALID_ARGUMENT */
function checkApart(from: string, to: string): void {
  const [one, other] = [from, to].map((text) => `${text.replace(/\/+$/, '')}/`) as [string, string];
  if (!one.startsWith(other) && !other.startsWith(one)) return;
  throw new TesseraError('INVALID_ARGUMENT', `${from} and ${to} are one inside the other: they cannot be kept in step`);
}
