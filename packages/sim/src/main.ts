import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import type { SimulationReport } from './report.js';
import { simulate } from './simulation.js';

interface Options {
  seeds: number;
  seed?: string;
  json?: string;
  trace?: boolean;
  log?: boolean;
}

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number above 0 is expected');
  return value;
};

const program = new Command('tessera-sim')
  .description('Runs whole clusters in one process under simulated failures and checks that nothing is lost')
  .option('--seeds <n>', 'how many seeds to run, from --seed on', positive, 10)
  .option('--seed <seed>', 'the first (or only) seed; default 1')
  .option('--json <file>', 'write the reports as JSON')
  .option('--log', 'print what the daemons log, at virtual time')
  .option('--trace', 'print every event of the simulated world')
  .addHelpText('after', '\nReplay one failing seed:\n  npm run sim -- --seed 17 --seeds 1 --log')
  .action(main);

async function main(options: Options): Promise<void> {
  const first = Number(options.seed ?? '1');
  const reports: SimulationReport[] = [];
  const from = performance.now();
  for (let index = 0; index < options.seeds; index++) {
    const seed = Number.isInteger(first) ? String(first + index) : `${options.seed}-${index}`;
    const print = (line: string) => console.log(line);
    const report = await simulate(seed, {
      ...(options.trace && { watch: print }),
      ...(options.log && { logOf: consoleLog }),
    });
    reports.push(report);
    if (report.violation) {
      console.log(`seed ${seed} FAILED after ${Math.round(report.virtualMs)} virtual ms: ${report.violation.detail}`);
      console.log(`replay: npm run sim -- --seed ${seed} --seeds 1`);
    }
  }
  printTotals(reports, (performance.now() - from) / 1000);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(reports, undefined, 2)}\n`);
  const failed = reports.filter((report) => report.violation).length;
  console.log(`${reports.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

function consoleLog(daemon: string, nowMs: () => number) {
  const at = (level: string) => (fields: object, message: string) =>
    console.log(`${nowMs().toFixed(1)} ${daemon} ${level}: ${message} ${JSON.stringify(fields)}`);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function printTotals(reports: readonly SimulationReport[], realSeconds: number): void {
  const sum = (figure: (report: SimulationReport) => number) => reports.reduce((total, one) => total + figure(one), 0);
  const virtualSeconds = sum((report) => report.virtualMs) / 1000;
  console.log(
    `${sum((report) => total(report.operations))} operations, ${sum((report) => report.crashes)} crashes, ` +
      `${sum((report) => report.files)} files, ${sum((report) => report.shards)} shards, ` +
      `${Math.round(virtualSeconds)} virtual s in ${realSeconds.toFixed(1)} s (${(virtualSeconds / realSeconds).toFixed(1)} : 1)`,
  );
  for (const of of ['operations', 'faults'] as const) {
    const counts = new Map<string, number>();
    for (const report of reports) {
      for (const [kind, count] of Object.entries(report[of])) counts.set(kind, (counts.get(kind) ?? 0) + count);
    }
    console.log(`${of}:`);
    for (const [kind, count] of [...counts].sort()) console.log(`  ${String(count).padStart(6)} ${kind}`);
  }
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

await program.parseAsync();
