import assert from 'node:assert/strict';
import { PassThrough, type Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { Context } from '../context.js';
import { memoryTerminal } from '../testing/memory-terminal.js';
import { showsProgress, startProgressBar } from './progress-bar.js';
import { Tally } from './tally.js';

/** A terminal as cli-progress knows one. */
function terminalStream(): { stream: Writable; text: () => string } {
  const chunks: Buffer[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 20 });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}

const OPTIONS = { jobs: 1 };

describe('a progress bar', () => {
  it('is drawn on a terminal only, and where nothing else is told', () => {
    const onTerminal = new Context(memoryTerminal({ stderr: terminalStream().stream }));
    assert.equal(showsProgress(onTerminal, OPTIONS), true);
    for (const quiet of ['json', 'quiet', 'verbose', 'dryRun']) {
      assert.equal(showsProgress(onTerminal, { ...OPTIONS, [quiet]: true }), false, quiet);
    }
    assert.equal(showsProgress(new Context(memoryTerminal()), OPTIONS), false);
  });

  it('tells how far things are, with notes above it, and is gone in the end', async () => {
    const { stream, text } = terminalStream();
    const context = new Context(memoryTerminal({ stderr: stream }));
    const tally = new Tally();
    tally.addFound(1000);
    tally.addFound(3000);
    const stop = startProgressBar(context, tally);
    tally.addMoved(1000);
    tally.add(1000);
    context.note('a note');
    // The bar draws by the clock.
    while (!text().includes('1/2 files · 1000 B/3.91 KiB')) await new Promise((resolve) => setImmediate(resolve));
    while (!text().includes('a note')) await new Promise((resolve) => setImmediate(resolve));
    stop();
    context.note('after');
    assert.ok(text().endsWith('after\n'));
  });
});
