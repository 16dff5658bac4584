import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SimulationReport } from '../report.js';
import { type Mutant, parseMutant } from './patch.js';
import { ScratchTree } from './scratch-tree.js';

const MUTANTS = fileURLToPath(new URL('../../mutants/', import.meta.url));
const SUFFIX = '.mutant';
/** Starts lie so far apart that no two hunts share a seed. */
const SEEDS_APART = 10_000;

export interface HuntOptions {
  /** Which mutants; empty = all. */
  readonly names: readonly string[];
  /** From how many first seeds each is hunted. */
  readonly starts: number;
  /** A hunt gives up after so many seeds. */
  readonly seedsMax: number;
  /** Hunts at the same time. */
  readonly workers: number;
  /** Runs a seed on the unbroken code. */
  readonly unbroken: (seed: string) => Promise<SimulationReport>;
  readonly onCaught: (mutant: Mutant, caught: Catch) => void;
}

/** How one hunt ended. */
export interface Catch {
  readonly firstSeed: number;
  /** Seeds until an oracle spoke; undefined when none did. */
  readonly seeds: number | undefined;
  readonly violation: string | undefined;
}

export interface Hunted {
  readonly mutant: Mutant;
  readonly catches: readonly Catch[];
}

/** The mutants of this repository. @throws MutantError */
export function readMutants(names: readonly string[]): Mutant[] {
  const all = readdirSync(MUTANTS)
    .filter((file) => file.endsWith(SUFFIX))
    .sort()
    .map((file) => parseMutant(file.slice(0, -SUFFIX.length), readFileSync(path.join(MUTANTS, file), 'utf8')));
  const unknown = names.find((name) => !all.some((mutant) => mutant.name === name));
  if (unknown !== undefined) {
    throw new RangeError(`there is no mutant '${unknown}'; there are ${all.map(({ name }) => name).join(', ')}`);
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

/**
 * Runs each mutant from several first seeds until an oracle catches it. A catch counts only when the unbroken code passes
 * the same seed. @throws MutantError; Error when the unbroken code fails a seed too
 */
export async function huntMutants(options: HuntOptions): Promise<Hunted[]> {
  const mutants = readMutants(options.names);
  const hunted = mutants.map((mutant) => ({ mutant, catches: [] as Catch[] }));
  const jobs = hunted.flatMap((hunt) =>
    Array.from({ length: options.starts }, (_, start) => ({ hunt, firstSeed: start * SEEDS_APART + 1 })),
  );
  const work = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { hunt, firstSeed } = job;
      const caught = await huntFrom(hunt.mutant, firstSeed, options);
      hunt.catches.push(caught);
      options.onCaught(hunt.mutant, caught);
    }
  };
  await Promise.all(Array.from({ length: options.workers }, work));
  return hunted;
}

async function huntFrom(mutant: Mutant, firstSeed: number, options: HuntOptions): Promise<Catch> {
  const tree = new ScratchTree(mutant);
  try {
    const reports = await runTree(tree, firstSeed, options);
    const last = reports.at(-1);
    if (!last?.violation) return { firstSeed, seeds: undefined, violation: undefined };
    const { violation } = await options.unbroken(last.seed);
    if (violation) {
      throw new Error(`seed ${last.seed} fails without any mutant too, so that it tells nothing: ${violation.detail}`);
    }
    return { firstSeed, seeds: reports.length, violation: last.violation.message.split('\n', 1)[0] };
  } finally {
    tree.remove();
  }
}

function runTree(tree: ScratchTree, firstSeed: number, { seedsMax }: HuntOptions): Promise<SimulationReport[]> {
  const directory = mkdtempSync(path.join(tmpdir(), 'tessera-hunt-'));
  const json = path.join(directory, 'reports.json');
  const seeds = ['--seeds', String(seedsMax), '--seed', String(firstSeed)];
  const run = [tree.simulator, ...seeds, '--workers', '1', '--stop-at-failure', '--no-shrink', '--json', json];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, run, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      try {
        if (code !== 0 && code !== 1) throw new Error(`the simulator of a mutant ended with ${code ?? signal}`);
        resolve(JSON.parse(readFileSync(json, 'utf8')));
      } catch (error) {
        reject(error);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    });
  });
}
