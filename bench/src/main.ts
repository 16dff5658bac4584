import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Command, InvalidArgumentError } from 'commander';
import { erasure } from './cases/erasure.js';
import { namespaceRates } from './cases/namespace.js';
import { smallFiles } from './cases/small-files.js';
import type { BenchCase, BenchResult } from './result.js';

// As the CLI does, and as an application that moves much data should.
setFlagsFromString('--heap-growing-percent=400');

interface Options {
  json?: string;
  only?: string[];
  repetitions: number;
  files: number;
  directory: string;
}

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number above 0 is expected');
  return value;
};

const program = new Command('tessera-bench')
  .description('Measures Tessera on this machine with real processes on loopback')
  .option('--json <file>', 'also write the results as JSON')
  .option('--only <name...>', 'run only these cases')
  .option('--repetitions <n>', 'how often each figure is taken', positive, 3)
  .option('--files <n>', 'files of the small-files case', positive, 4000)
  .option('--directory <dir>', 'where clusters put their data', os.tmpdir())
  .action(run);

async function run(options: Options): Promise<void> {
  const all: BenchCase[] = [erasure, namespaceRates(50_000), smallFiles(options.files)];
  const unknown = (options.only ?? []).filter((name) => !all.some((one) => one.name === name));
  if (unknown.length > 0) {
    program.error(`unknown case ${unknown.join(', ')}; known: ${all.map((one) => one.name).join(', ')}`, {
      exitCode: 2,
    });
  }
  const results: BenchResult[] = [];
  for (const one of all.filter(({ name }) => options.only?.includes(name) ?? true)) {
    console.log(`\n${one.name}: ${one.summary}`);
    const taken = await one.run({
      repetitions: options.repetitions,
      directory: options.directory,
      progress: (message) => process.stderr.write(`  ${message}\n`),
    });
    for (const result of taken) console.log(`  ${describe(result)}`);
    results.push(...taken);
  }
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ machine: machine(), results }, undefined, 2)}\n`);
  }
}

function describe(result: BenchResult): string {
  const parts = [`${result.name.padEnd(40)} ${figure(result.value).padStart(10)} ${result.unit}`];
  if (result.ratioToCeiling !== undefined) parts.push(`${Math.round(result.ratioToCeiling * 100)} % of the ceiling`);
  if (result.cpuSecondsPerGiB !== undefined) parts.push(`${result.cpuSecondsPerGiB.toFixed(2)} CPU-s/GiB`);
  if (result.p50Ms !== undefined) parts.push(`p50 ${result.p50Ms.toFixed(1)} ms`);
  if (result.p99Ms !== undefined) parts.push(`p99 ${result.p99Ms.toFixed(1)} ms`);
  for (const [name, value] of Object.entries(result.details ?? {})) parts.push(`${name} ${figure(value)}`);
  return parts.join('  ');
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}

function machine(): object {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model,
    cores: cpus.length,
    memoryBytes: os.totalmem(),
    node: process.version,
    system: os.release(),
  };
}

await program.parseAsync();
