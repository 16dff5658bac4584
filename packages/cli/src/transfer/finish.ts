import type { Context } from '../context.js';
import { showsProgress, startProgressBar } from './progress-bar.js';
import type { Tally } from './tally.js';
import type { TransferOptions } from './transfer-options.js';

/**
 * Runs a transfer and tells in the end what it came to, also when it was interrupted or gave up: then the same command
 * goes on where it stopped. `verb` as in `stored 3 files`.
 */
export async function withSummary(
  context: Context,
  options: TransferOptions,
  tally: Tally,
  verb: string,
  work: () => Promise<void>,
): Promise<void> {
  let whole = false;
  const stop = showsProgress(context, options) ? startProgressBar(context, tally) : () => {};
  try {
    await work();
    whole = true;
  } finally {
    stop();
    for (const warning of tally.warnings()) context.note(warning);
    const interrupted = context.signal.aborted;
    if (options.json) {
      context.printJson({ summary: { ...tally.totals(), whole, ...(options.dryRun ? { dryRun: true } : {}) } });
    } else if (!options.quiet && !tally.isEmpty) {
      context.print(`${options.dryRun ? `would have ${verb}` : verb} ${tally.summary()}`);
    }
    if (interrupted) context.note('interrupted: the same command goes on where this one stopped');
  }
}
