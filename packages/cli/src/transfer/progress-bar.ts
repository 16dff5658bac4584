import cliProgress from 'cli-progress';
import type { Context } from '../context.js';
import { progressLine } from './progress-line.js';
import type { Tally } from './tally.js';
import type { TransferOptions } from './transfer-options.js';

const REDRAW_MS = 200;
const BAR_COLUMNS = 20;

/** Whether a bar is of use to anybody: on a terminal, and where nothing else is told file by file. */
export function showsProgress({ terminal }: Context, options: TransferOptions): boolean {
  const { json, quiet, verbose, dryRun } = options;
  return 'isTTY' in terminal.stderr && terminal.stderr.isTTY === true && !json && !quiet && !verbose && !dryRun;
}

/** Draws a bar on standard error until what it returns is called; notes are written above it meanwhile. */
export function startProgressBar(context: Context, tally: Tally): () => void {
  const bars = new cliProgress.MultiBar({
    stream: context.terminal.stderr as NodeJS.WriteStream,
    format: '{bar} {line}',
    barsize: BAR_COLUMNS,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    // What ends the command is its own affair.
    gracefulExit: false,
  });
  const bar = bars.create(1, 0, { line: '' });
  const draw = () => {
    const state = tally.progress();
    bar.setTotal(Math.max(1, state.bytesFound, state.bytes));
    bar.update(state.bytes, { line: progressLine(state) });
  };
  const timer = setInterval(draw, REDRAW_MS);
  const restore = context.noteThrough((text) => bars.log(text));
  return () => {
    clearInterval(timer);
    restore();
    draw();
    bars.stop();
  };
}
