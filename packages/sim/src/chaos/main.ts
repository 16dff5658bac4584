import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { runChaos } from './chaos.js';
import { chaosTotals } from './report.js';

interface Options {
  minutes: number;
  seed: string;
  faultSeconds: number;
  chunkservers: number;
  clients: number;
  json?: string;
}

const MS_PER_SECOND = 1_000;
const SECONDS_PER_MINUTE = 60;
const SEEDS = 2 ** 31;
/** Full after a few rounds. */
const SMALL_DISK_BYTES = 48 * 1024 * 1024;

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());

const above0 = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above 0 is expected');
  return value;
};

await new Command('tessera-chaos')
  .description(
    'Runs real daemons and clients while they are killed, paused and cut off, and checks that nothing is lost',
  )
  .option('--minutes <m>', 'how long; the round that is under way then is brought to its end', above0, 10)
  .option('--seed <seed>', 'what decides what is tried: a number, or any text', String(randomInt(SEEDS)))
  .option('--fault-seconds <s>', 'how long things go wrong before everything is looked at', above0, 20)
  .option('--chunkservers <n>', 'one of them with a small disk', above0, 8)
  .option('--clients <n>', 'client processes', above0, 3)
  .option('--json <file>', 'write the report as JSON')
  .addHelpText(
    'after',
    `
The same seed tries the same, but how that goes is up to the machine.

Exit codes: 0 nothing was lost, 1 an oracle found something; data and logs are kept then, and it is said where.`,
  )
  .action(async ({ minutes, seed, faultSeconds, chunkservers, clients, json }: Options) => {
    console.log(`seed ${seed}`);
    const report = await runChaos({
      seed,
      forMs: minutes * SECONDS_PER_MINUTE * MS_PER_SECOND,
      faultsMs: faultSeconds * MS_PER_SECOND,
      chunkservers,
      clients,
      smallDiskBytes: SMALL_DISK_BYTES,
      signal: interruption.signal,
      note: (line) => console.log(line),
    });
    console.log(chaosTotals(report));
    if (json) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
    if (report.violation) console.log(`FAILED: ${report.violation.detail}\ndata and logs: ${report.directory}`);
    // Connections whose other end is gone may be left: they keep nobody.
    process.exit(report.violation ? 1 : 0);
  })
  .parseAsync();
