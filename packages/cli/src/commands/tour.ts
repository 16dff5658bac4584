import path from 'node:path';
import { TesseraError } from '@tessera/client';
import { type LocalCluster, startLocalCluster } from '@tessera/client/local-cluster';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { clusterDirectory } from '../local-cluster/cluster-directory.js';
import { serve } from '../local-cluster/serve.js';
import { findImages } from '../tour/images.js';
import { formatEndpoints, formatNextSteps, formatTour } from '../tour/report.js';
import { runTour, type TourResult } from '../tour/tour.js';

interface TourOptions extends GlobalOptions {
  once?: boolean;
}

export function addTourCommand(program: Command, context: Context): void {
  program
    .command('tour')
    .description(
      'Show Tessera at work on real images: start a local cluster, store and read them, kill two chunkservers, read ' +
        'again, restart them. Then serves until Ctrl-C.',
    )
    .argument('[directory]', 'local directory with images of your own (default: sample MR and CT images)')
    .option('--once', 'stop the cluster and end after the tour; fails if any byte differs')
    .addHelpText('after', examples('tessera tour', 'tessera tour ~/studies --once'))
    .action((directory: string | undefined, _: unknown, command: Command) =>
      tour(context, directory, command.optsWithGlobals()),
    );
}

async function tour(context: Context, from: string | undefined, options: TourOptions): Promise<void> {
  const images = await findImages(from === undefined ? undefined : path.resolve(context.terminal.cwd, from));
  const directory = clusterDirectory(options.dir, context.terminal);
  const progress = (text: string) => context.note(text);
  progress(`Starting the local cluster in ${directory} …`);
  const cluster = await startLocalCluster({ directory });
  const owned = cluster.started.length > 0 && !cluster.isServed();
  try {
    const result = await runTour(cluster, images, context.signal, progress);
    await announce(context, cluster, result, options);
    if (owned && !options.once) {
      progress('\nServing until Ctrl-C …');
      await serve(cluster, context.signal, progress);
    }
    if (result.failures.length > 0) {
      throw new TesseraError(
        'DATA_LOSS',
        `${result.failures.length} files were not stored or did not come back intact`,
      );
    }
  } finally {
    if (owned) await cluster.stop();
  }
}

async function announce(
  context: Context,
  cluster: LocalCluster,
  result: TourResult,
  options: TourOptions,
): Promise<void> {
  const info = await cluster.inspect();
  if (options.json) {
    const { directory, images, skipped } = result.images;
    context.printJson({ ...result, images: { directory, files: images.length, skipped }, cluster: info });
  } else {
    context.print(formatTour(result));
    context.print(formatEndpoints(info));
    context.print(formatNextSteps(result, !options.once));
  }
}
