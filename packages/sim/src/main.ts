import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Command, InvalidArgumentError } from 'commander';
import { huntMutants } from './mutants/hunt.js';
import { medianSeeds, mutantTable } from './mutants/table.js';
import type { SimulationReport } from './report.js';
import { STANDARD_MINUTES } from './schedule.js';
import { inline, inThread } from './seed-thread.js';
import { isSameFailure, shrink } from './shrink.js';
import { simulate } from './simulation.js';
import { lastLines, planInWords } from './story.js';
import { totalsOf } from './totals.js';

interface Options {
  seeds?: number;
  seed: string;
  minutes: number;
  workers: number;
  json?: string;
  stopAtFailure?: boolean;
  shrink: boolean;
  mutants?: string[] | true;
  starts: number;
  smallest?: boolean;
  log?: boolean;
  trace?: boolean;
}

const SEEDS = 10;
/** V8 optimizes a function after this much of its code has run: later than by itself, as most of it runs but now and then. */
const OPTIMIZE_AFTER_BYTES = 600_000;
/** A mutant that so many seeds do not catch has got away. */
const HUNT_SEEDS = 200;

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number above 0 is expected');
  return value;
};

const program = new Command('tessera-sim')
  .description('Runs whole clusters in one process under simulated failures and checks that nothing is lost')
  .option(
    '--seeds <n>',
    `how many seeds to run, from --seed on (default ${SEEDS}; ${HUNT_SEEDS} with --mutants)`,
    positive,
  )
  .option('--seed <seed>', 'the first (or only) seed: a number, or any text', '1')
  .option('--minutes <m>', 'virtual minutes that work and faults are spread over', positive, STANDARD_MINUTES)
  .option('--workers <n>', 'threads that run seeds', positive, availableParallelism())
  .option('--json <file>', 'write the reports as JSON')
  .option('--stop-at-failure', 'begin no further seed once one has failed')
  .option('--no-shrink', 'do not look for a smaller run that fails too')
  .option('--mutants [names...]', 'break the code on purpose, in copies, and see that an oracle notices each time')
  .option('--starts <n>', 'with --mutants: from how many first seeds each is hunted, up to --seeds seeds', positive, 5)
  .option('--smallest', 'with --mutants: make each catch smaller and tell how it goes')
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
  for (const { seed, shortfall } of reports) if (shortfall) console.log(`seed ${seed} FELL SHORT: ${shortfall}`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(reports, undefined, 2)}\n`);
  const failed = reports.filter(({ violation }) => violation);
  console.log(`${reports.length - failed.length} passed, ${failed.length} failed`);
  const schedule = options.minutes === STANDARD_MINUTES ? '' : ` --minutes ${options.minutes}`;
  for (const { seed } of failed) console.log(`replay: npm run sim -- --seeds 1 --seed ${seed}${schedule}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
  const [first] = failed;
  if (first && options.shrink) await tellSmallest(first);
}

/** What is left of a failure when all is left out that it does not need, and how that goes. */
async function tellSmallest({ seed, plan, violation: found }: SimulationReport): Promise<void> {
  console.log(`\nlooking for less of seed ${seed} that fails too`);
  const smallest = await shrink(plan, async (smaller) => {
    const occurrences: string[] = [];
    const { violation } = await simulate(seed, { plan: smaller, onBegin: (name) => occurrences.push(name) });
    return violation && isSameFailure(violation.message, found?.message ?? '') ? { occurrences } : undefined;
  });
  const lines: string[] = [];
  const { violation } = await simulate(seed, { plan: structuredClone(smallest), note: (line) => lines.push(line) });
  console.log(planInWords(smallest));
  const shown = lastLines(lines, violation?.message ?? '');
  console.log(`virtual ms, then what befell the cluster and what was done where it shows:`);
  for (const line of shown) console.log(line);
  console.log(violation?.message);
}

/** The median hunt of each mutant must end with a catch. */
async function hunt({ mutants, starts, seeds, minutes, workers, smallest = false, json }: Options): Promise<void> {
  const unbroken = inThread(minutes);
  const hunted = await huntMutants({
    names: Array.isArray(mutants) ? mutants : [],
    starts,
    seedsMax: seeds ?? HUNT_SEEDS,
    minutes,
    workers,
    smallest,
    unbroken: (seed) => unbroken.simulate(seed),
    onUnbroken: (seed, violation) => console.log(`seed ${seed} FAILS WITHOUT ANY MUTANT TOO: ${violation}`),
    onCaught: ({ name }, { firstSeed, seeds: taken, violation }) =>
      console.log(`${name} from seed ${firstSeed}: ${taken ? `${taken} seeds` : 'not caught'}: ${violation ?? ''}`),
  });
  await unbroken.end();
  console.log(mutantTable(hunted));
  if (json) writeFileSync(json, `${JSON.stringify(hunted, undefined, 2)}\n`);
  process.exitCode = hunted.every((one) => medianSeeds(one) !== undefined) ? 0 : 1;
}

function seedsOf({ seeds = SEEDS, seed }: Options): string[] {
  const first = Number(seed);
  const named = (index: number) => (index === 0 ? seed : `${seed}-${index}`);
  return Array.from({ length: seeds }, (_, index) => (Number.isInteger(first) ? String(first + index) : named(index)));
}

/** Reports in the order of the seeds, each failure told as soon as it is known. */
async function runAll(
  seeds: readonly string[],
  { workers, stopAtFailure, minutes, log, trace }: Options,
): Promise<SimulationReport[]> {
  const reports: SimulationReport[] = [];
  const isWatched = log || trace;
  const watched = { ...(log && { logOf: consoleLog }), ...(trace && { watch: (line: string) => console.log(line) }) };
  let next = 0;
  const run = async () => {
    const thread =
      isWatched || workers === 1 || seeds.length === 1 ? inline({ minutes, ...watched }) : inThread(minutes);
    for (let index = next++; index < seeds.length; index = next++) {
      const report = await thread.simulate(seeds[index] as string);
      reports[index] = report;
      if (report.violation) tell(report);
      if (report.violation && stopAtFailure) next = seeds.length;
    }
    await thread.end();
  };
  await Promise.all(Array.from({ length: isWatched ? 1 : Math.min(workers, seeds.length) }, run));
  return reports.filter((report) => report !== undefined);
}

function tell({ seed, virtualMs, violation }: SimulationReport): void {
  console.log(`seed ${seed} FAILED after ${Math.round(virtualMs)} virtual ms: ${violation?.detail}\n`);
}

function consoleLog(daemon: string, nowMs: () => number) {
  const at = (level: string) => (fields: object, message: string) =>
    console.log(`${nowMs().toFixed(1)} ${daemon} ${level}: ${message} ${JSON.stringify(fields)}`);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

// For all threads: before there is any.
setFlagsFromString(`--interrupt-budget=${OPTIMIZE_AFTER_BYTES}`);
await program.parseAsync();
