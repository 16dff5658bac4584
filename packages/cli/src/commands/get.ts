import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { examples } from '../help-text.js';
import { remoteName } from '../remote-path.js';
import { withSummary } from '../transfer/finish.js';
import { LocalSide } from '../transfer/local-side.js';
import { RemoteSide } from '../transfer/remote-side.js';
import { downloadRoute } from '../transfer/route.js';
import { Tally } from '../transfer/tally.js';
import { Transfer } from '../transfer/transfer.js';
import { addTransferOptions, type TransferOptions } from '../transfer/transfer-options.js';
import { TransferReport } from '../transfer/transfer-report.js';

interface GetOptions extends TransferOptions {
  recursive?: boolean;
  replace?: boolean;
}

const ENDS = { from: 'path', to: 'local' };

export function addGetCommand(program: Command, context: Context): void {
  const command = program
    .command('get')
    .description(
      'Copy a stored file, or with -r a directory, to a local path. A file goes into an existing local directory under ' +
        'its own name. A directory becomes LOCAL, or goes into it if LOCAL ends in a slash or is . or .. What is there ' +
        'already, the same, is not fetched again: after an interruption the same command goes on.',
    )
    .argument('<remote>', 'file or directory in the cluster')
    .argument('<local>', 'local path')
    .option('-r, --recursive', 'copy a directory with all it holds')
    .option('--replace', 'take the place of existing local files that differ');
  addTransferOptions(command)
    .addHelpText('after', examples('tessera get /studies/slice.dcm .', 'tessera get -r /studies/CT-0042 ./CT-0042'))
    .action((remote: string, local: string, _: unknown, self: Command) =>
      get(context, remote, local, self.optsWithGlobals()),
    );
}

async function get(context: Context, remote: string, local: string, options: GetOptions): Promise<void> {
  const { recursive = false, replace = false } = options;
  await context.withClient(options, async (client) => {
    const { kind } = await client.stat(remote, { signal: context.signal });
    const target = await localTarget(context, local, remoteName(remote), kind === 'directory');
    const tally = new Tally();
    const route = downloadRoute(client, new RemoteSide(client, remote, context.signal), new LocalSide(target));
    const report = new TransferReport(context, route, options, tally, ENDS);
    const run = { ...options, recursive, replace, parents: true };
    await withSummary(context, options, tally, 'copied', () => new Transfer(context, route, run, report).start());
  });
}

async function localTarget(context: Context, local: string, name: string, isDirectory: boolean): Promise<string> {
  const target = path.resolve(context.terminal.cwd, local);
  const found = await stat(target).catch(() => undefined);
  const into = isDirectory ? /(^|\/)\.{0,2}$/.test(local) : found?.isDirectory();
  return into ? path.join(target, name) : target;
}
