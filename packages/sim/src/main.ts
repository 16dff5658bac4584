import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { Command, InvalidArgumentError } from 'commander';
import { huntMutants } from './mutants/hunt.js';
import { medianSeeds, mutantTable } from './mutants/table.js';
import type { SimulationReport } from './report.js';
import { shrink } from './shrink.js';
import { type SimulationOptions, simulate } from './simulation.js';
import { totalsOf } from './totals.js';

interface Options {
  seeds: number;
  seed: string;
  workers: number;
  json?: string;
  stopAtFailure?: boolean;
  shrink: boolean;
  mutants?: string[] | true;
  starts: number;
  log?: boolean;
  trace?: boolean;
}

/** Lines of a shrunken run that are shown. */
const TRACE_LINES_MAX = 60;

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number above 0 is expected');
  return value;
};

const program = new Command('tessera-sim')
  .description('Runs whole clusters in one process under simulated failures and checks that nothing is lost')
  .option('--seeds <n>', 'how many seeds to run, from --seed on', positive, 10)
  .option('--seed <seed>', 'the first (or only) seed: a number, or any text', '1')
  .option('--workers <n>', 'threads that run seeds', positive, availableParallelism())
  .option('--json <file>', 'write the reports as JSON')
  .option('--stop-at-failure', 'begin no further seed once one has failed')
  .option('--no-shrink', 'do not look for a smaller run that fails too')
  .option('--mutants [names...]', 'break the code on purpose, in copies, and see that an oracle notices each time')
  .option('--starts <n>', 'with --mutants: from how many first seeds each is hunted, up to --seeds seeds', positive, 5)
  .option('--log', 'print what the daemons log, at virtual time')
  .option('--trace', 'print every event of the simulated world')
  .addHelpText(
    'after',
    `
Replay one failing seed, with what the daemons say:
  npm run sim -- --seed 17 --seeds 1 --log

Hunt one mutant:
  npm run sim -- --mutants trust-torn-tail --seeds 400

Exit codes: 0 every seed passed (every mutant was caught), 1 an oracle found something (or failed to).`,
  )
  .action(main);

async function main(options: Options): Promise<void> {
  if (options.mutants) return hunt(options);
  const fromMs = performance.now();
  const reports = await runAll(seedsOf(options), options);
  console.log(totalsOf(reports, (performance.now() - fromMs) / 1000));
  if (options.json) writeFileSync(options.json, `${JSON.stringify(reports, undefined, 2)}\n`);
  const failed = reports.filter(({ violation }) => violation);
  console.log(`${reports.length - failed.length} passed, ${failed.length} failed`);
  for (const { seed } of failed) console.log(`replay: npm run sim -- --seeds 1 --seed ${seed}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
  const [first] = failed;
  if (first && options.shrink) await tellSmallest(first);
}

/** What is left of a failure when all is left out that it does not need. */
async function tellSmallest({ seed, plan }: SimulationReport): Promise<void> {
  console.log(`\nlooking for less of seed ${seed} that fails too`);
  const smallest = await shrink(plan, async (smaller) => {
    const { violation } = await simulate(seed, { plan: smaller });
    return violation !== undefined;
  });
  const lines: string[] = [];
  const { violation } = await simulate(seed, { plan: structuredClone(smallest), note: (line) => lines.push(line) });
  console.log(JSON.stringify(smallest, undefined, 1));
  console.log(
    `virtual ms, the last ${Math.min(lines.length, TRACE_LINES_MAX)} of ${lines.length} faults and operations:`,
  );
  for (const line of lines.slice(-TRACE_LINES_MAX)) console.log(line);
  console.log(violation?.message);
}

/** The median hunt of each mutant must end with a catch. */
async function hunt({ mutants, starts, seeds, workers, json }: Options): Promise<void> {
  const hunted = await huntMutants({
    names: Array.isArray(mutants) ? mutants : [],
    starts,
    seedsMax: seeds,
    workers,
    unbroken: (seed) => simulate(seed),
    onCaught: ({ name }, { firstSeed, seeds: taken, violation }) =>
      console.log(`${name} from seed ${firstSeed}: ${taken ? `${taken} seeds: ${violation}` : 'not caught'}`),
  });
  console.log(mutantTable(hunted));
  if (json) writeFileSync(json, `${JSON.stringify(hunted, undefined, 2)}\n`);
  process.exitCode = hunted.every((one) => medianSeeds(one) !== undefined) ? 0 : 1;
}

function seedsOf({ seeds, seed }: Options): string[] {
  const first = Number(seed);
  const named = (index: number) => (index === 0 ? seed : `${seed}-${index}`);
  return Array.from({ length: seeds }, (_, index) => (Number.isInteger(first) ? String(first + index) : named(index)));
}

/** Reports in the order of the seeds, each failure told as soon as it is known. */
async function runAll(
  seeds: readonly string[],
  { workers, stopAtFailure, log, trace }: Options,
): Promise<SimulationReport[]> {
  const reports: SimulationReport[] = [];
  const isWatched = log || trace;
  const options = { ...(log && { logOf: consoleLog }), ...(trace && { watch: (line: string) => console.log(line) }) };
  let next = 0;
  const run = async () => {
    const thread = isWatched || workers === 1 ? inline(options) : inThread();
    for (let index = next++; index < seeds.length; index = next++) {
      const report = await thread.simulate(seeds[index] as string);
      reports[index] = report;
      if (report.violation) tell(report);
      if (report.violation && stopAtFailure) next = seeds.length;
    }
    await thread.end();
  };
  await Promise.all(Array.from({ length: isWatched ? 1 : Math.min(workers, seeds.length) }, run));
  return reports;
}

interface Thread {
  simulate(seed: string): Promise<SimulationReport>;
  end(): Promise<unknown>;
}

function inline(options: SimulationOptions): Thread {
  return { simulate: (seed) => simulate(seed, options), end: async () => {} };
}

function inThread(): Thread {
  const worker = new Worker(new URL(import.meta.url));
  return {
    simulate: (seed) =>
      new Promise((resolve, reject) => {
        worker.removeAllListeners().once('message', resolve).once('error', reject);
        worker.postMessage(seed);
      }),
    end: () => worker.terminate(),
  };
}

function tell({ seed, virtualMs, violation }: SimulationReport): void {
  console.log(`seed ${seed} FAILED after ${Math.round(virtualMs)} virtual ms: ${violation?.detail}\n`);
}

function consoleLog(daemon: string, nowMs: () => number) {
  const at = (level: string) => (fields: object, message: string) =>
    console.log(`${nowMs().toFixed(1)} ${daemon} ${level}: ${message} ${JSON.stringify(fields)}`);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

if (isMainThread) await program.parseAsync();
else parentPort?.on('message', async (seed: string) => parentPort?.postMessage(await simulate(seed)));
