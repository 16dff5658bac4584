import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Command, InvalidArgumentError } from 'commander';
import type { BenchCase } from './bench-case.js';
import { checksum } from './cases/checksum.js';
import { coldReads } from './cases/cold-reads.js';
import { collective } from './cases/collective.js';
import { degradedReads } from './cases/degraded-reads.js';
import { erasure } from './cases/erasure.js';
import { listIo } from './cases/list-io.js';
import { lonePut } from './cases/lone-put.js';
import { million } from './cases/million.js';
import { namespaceRates } from './cases/namespace.js';
import { randomReads } from './cases/random-reads.js';
import { sequential } from './cases/sequential.js';
import { sharedFile } from './cases/shared-file.js';
import { smallFiles } from './cases/small-files.js';
import { warmUpCurve } from './cases/warm-up.js';
import { Interruption } from './interruption.js';
import { commit, machine } from './machine.js';
import { noProfiler, startProfiler } from './profile/profiler.js';
import { describeResult } from './report.js';
import type { BenchResult } from './result.js';
import { isMeant } from './selection.js';
import { StagePool } from './stage.js';

// As the CLI does, and as an application that moves much data should.
setFlagsFromString('--heap-growing-percent=400');

interface Options {
  json?: string;
  only?: string[];
  list?: boolean;
  quick?: boolean;
  profile?: string;
  repetitions?: number;
  files: number;
  directory: string;
}

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number above 0 is expected');
  return value;
};

const EXAMPLES = `
Examples:
  tessera-bench --json figures.json
  tessera-bench --only small-files/rs-4-2/synced
  tessera-bench --only 'small-files/*/synced/16' random-reads --quick
  tessera-bench --only small-files/copies-2/synced/16 --profile /tmp/profiles

Cases without --only: all but those marked in --list.`;

const program = new Command('tessera-bench')
  .description('Measures Tessera on this machine with real processes on loopback')
  .option('--json <file>', 'also write the results as JSON')
  .option(
    '--only <name...>',
    'run only these: names or what stands before a slash in them; * and ** stand for anything',
  )
  .option('--list', 'say what there is, and run nothing')
  .option('--quick', 'a short look: fewer files, one repetition, a short warm-up; not for comparing')
  .option('--profile <dir>', 'write CPU profiles of all processes while phases are measured; slows what is measured')
  .option('--repetitions <n>', 'how often each figure is taken (default: 3, with --quick 1)', count)
  .option('--files <n>', 'files in each round of small-files (default: 300 to 1,200, by depth)', count, 0)
  .option('--directory <dir>', 'where clusters put their data', os.tmpdir())
  .addHelpText('after', EXAMPLES)
  .action(run);

async function run(options: Options): Promise<void> {
  const all: BenchCase[] = [
    erasure,
    checksum,
    lonePut,
    smallFiles(options.files),
    coldReads,
    sequential,
    randomReads,
    listIo,
    namespaceRates,
    sharedFile,
    collective,
    degradedReads,
    warmUpCurve,
    million,
  ];
  if (options.list) {
    for (const one of all) {
      console.log(`${one.name}: ${one.summary}${one.isDefault ? '' : ' (only when named)'}`);
      for (const variant of one.variants) console.log(`  ${variant}`);
    }
    return;
  }
  const chosen = choose(all, options.only);
  const isQuick = options.quick ?? false;
  const progress = (message: string) => process.stderr.write(`  ${message}\n`);
  const profiles = options.profile === undefined ? undefined : path.resolve(options.profile);
  const profiler = profiles === undefined ? noProfiler : await startProfiler(profiles, progress);
  const interruption = new Interruption();
  const stages = new StagePool({ directory: options.directory, isQuick, profiler, progress, interruption });
  const started = { machine: machine(), commit: await commit() };
  const results: BenchResult[] = [];
  const leftOut: { name: string; reason: string }[] = [];
  try {
    for (const { one, variants } of chosen) {
      console.log(`\n${one.name}: ${one.summary}`);
      const taken = await one.run({
        repetitions: options.repetitions ?? (isQuick ? 1 : 3),
        isQuick,
        variants,
        directory: options.directory,
        profiler,
        stage: () => stages.take(),
        coldStage: () => stages.takeCold(),
        retireStage: () => stages.retire(),
        onStop: (stop) => interruption.add(stop),
        progress,
        leaveOut: (name, reason) => leftOut.push({ name, reason }),
      });
      for (const result of taken) console.log(`  ${describeResult(result)}`);
      results.push(...taken);
    }
  } finally {
    await stages.retire();
    interruption.cancel();
  }
  for (const { name, reason } of leftOut) console.log(`\nleft out: ${name}: ${reason}`);
  console.log(`\n${results.length} figures, ${leftOut.length} left out`);
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ ...started, isQuick, results, leftOut }, undefined, 2)}\n`);
  }
}

/** The cases that run, each with its variants that were asked for. */
function choose(all: readonly BenchCase[], only: readonly string[] | undefined) {
  if (only === undefined)
    return all.filter(({ isDefault }) => isDefault).map((one) => ({ one, variants: one.variants }));
  const meant = all.map((one) => ({
    one,
    variants: one.variants.filter((variant) => only.some((pattern) => isMeant(variant, pattern))),
  }));
  const unknown = only.filter(
    (pattern) => !all.some((one) => one.variants.some((variant) => isMeant(variant, pattern))),
  );
  if (unknown.length > 0) {
    program.error(
      `nothing is called ${unknown.join(', ')}; the cases are ${all.map(({ name }) => name).join(', ')}, and --list says what is in them`,
      {
        exitCode: 2,
      },
    );
  }
  return meant.filter(({ variants }) => variants.length > 0);
}

await program.parseAsync();
