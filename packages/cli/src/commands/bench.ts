import { TesseraError } from '@tessera/client';
import type { Command } from 'commander';
import { benchCluster } from '../bench/bench.js';
import type { PhaseResult } from '../bench/phase.js';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { LAYOUT_FIELDS } from '../layout-fields.js';
import { optionValue } from '../option-value.js';
import { parseCount } from '../output/count.js';
import { formatRate, parseSize } from '../output/size.js';
import { type Column, formatTable } from '../output/table.js';
import { jobsOption } from '../transfer/transfer-options.js';

interface BenchOptions extends GlobalOptions {
  path: string;
  files: number;
  size: number;
  jobs: number;
  redundancy?: string;
  durability?: 'synced' | 'written';
}

const FILES_DEFAULT = 500;
const FILES_MAX = 1_000_000;
const SIZE_DEFAULT = '512KiB';
/** Content is in memory. */
const SIZE_BYTES_MAX = 64 * 1024 * 1024;

export function addBenchCommand(program: Command, context: Context): void {
  const [redundancy, durability] = ['redundancy', 'durability'].map((key) =>
    LAYOUT_FIELDS.find((one) => one.key === key),
  );
  const command = program
    .command('bench')
    .description(
      'A quick look at how fast this cluster is from here: writes files into a directory of its own, reads them back ' +
        'and compares them, stats, lists and removes them.',
    )
    .option('--path <directory>', 'directory in the cluster to work in, whose layout it uses', '/')
    .option('--files <count>', 'how many files', optionValue(parseCount(1, FILES_MAX)), FILES_DEFAULT)
    .option('--size <size>', 'length of each file', optionValue(parseFileSize), parseFileSize(SIZE_DEFAULT));
  for (const field of [redundancy, durability]) {
    if (field === undefined) continue;
    command.option(
      `--${field.flag} <${field.placeholder}>`,
      `${field.help}; default: as in --path`,
      optionValue(field.parse),
    );
  }
  command
    .addOption(jobsOption())
    .addHelpText('after', examples('tessera bench', 'tessera bench --files 2000 --jobs 64 --redundancy copies-3'))
    .action((_: unknown, self: Command) => bench(context, self.optsWithGlobals()));
}

async function bench(context: Context, options: BenchOptions): Promise<void> {
  const { path, files, size: bytes, jobs, redundancy, durability } = options;
  const layout = { ...(redundancy && { redundancy }), ...(durability && { durability }) };
  await context.withClient(options, async (client) => {
    const phases: PhaseResult[] = [];
    const tell = (phase: PhaseResult) => {
      phases.push(phase);
      context.succeed();
      if (options.json) context.printJson(phase);
    };
    const space = await benchCluster(client, { path, files, bytes, jobs, layout }, context.signal, tell);
    if (options.json) {
      context.printJson({ summary: { files, bytes: files * bytes, jobs, ...space } });
      return;
    }
    context.print(formatTable(COLUMNS, phases));
    if (space.meanSegmentsPerStripe > 0) {
      const { meanSegmentsPerStripe: mean, physicalPerLogical: ratio } = space;
      context.print(`\n${ratio.toFixed(2)} × space, ${mean.toFixed(2)} segments a stripe on average`);
    }
  });
}

const COLUMNS: readonly Column<PhaseResult>[] = [
  { title: 'phase', value: ({ phase }) => phase },
  { title: 'files/s', value: ({ filesPerSecond }) => Math.round(filesPerSecond), align: 'right' },
  {
    title: 'MB/s',
    value: ({ bytes, elapsedMs }) => (bytes === 0 ? '-' : formatRate(bytes, elapsedMs / 1000).replace(' MB/s', '')),
    align: 'right',
  },
  { title: 'p50 ms', value: ({ p50Ms }) => milliseconds(p50Ms), align: 'right' },
  { title: 'p99 ms', value: ({ p99Ms }) => milliseconds(p99Ms), align: 'right' },
];

function milliseconds(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(2);
}

/** @throws TesseraError INVALID_ARGUMENT */
function parseFileSize(text: string): number {
  const bytes = parseSize(text);
  if (bytes <= SIZE_BYTES_MAX) return bytes;
  throw new TesseraError('INVALID_ARGUMENT', `'${text}' is more than the 64MiB that a file of a bench may have`);
}
