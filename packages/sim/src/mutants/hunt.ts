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
  /** Virtual minutes of the schedule of each. */
  readonly minutes: number;
  /** Hunts at the same time. */
  readonly workers: number;
  /** Runs a seed on the unbroken code. */
  readonly unbroken: (seed: string) => Promise<SimulationReport>;
  /** Told of a seed that fails without any mutant too, so that the hunt goes on after it. */
  readonly onUnbroken: (seed: string, violation: string) => void;
  readonly onCaught: (mutant: Mutant, caught: Catch) => void;
  /** Each catch is made smaller and told, by the broken simulator itself. */
  readonly smallest: boolean;
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
 * the same seed. @throws MutantError
 */
export async function huntMutants(options: HuntOptions): Promise<Hunted[]> {
  const mutants = readMutants(options.names);
  const hunted = mutants.map((mutant) => ({ mutant, catches: [] as Catch[] }));
  const unbroken = remembering(options.unbroken);
  const trees = new Map<Mutant, ScratchTree>();
  const treeOf = (mutant: Mutant) => {
    const tree = trees.get(mutant) ?? new ScratchTree(mutant);
    trees.set(mutant, tree);
    return tree;
  };
  const jobs = hunted.flatMap((hunt) =>
    Array.from({ length: options.starts }, (_, start) => ({ hunt, firstSeed: start * SEEDS_APART + 1 })),
  );
  const work = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { hunt, firstSeed } = job;
      const caught = await huntFrom(treeOf(hunt.mutant), firstSeed, { ...options, unbroken });
      hunt.catches.push(caught);
      options.onCaught(hunt.mutant, caught);
      if (options.smallest && caught.seeds !== undefined) {
        await tellSmallest(treeOf(hunt.mutant), firstSeed + caught.seeds - 1, options.minutes);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: options.workers }, work));
  } finally {
    for (const tree of trees.values()) tree.remove();
  }
  return hunted;
}

/** Many hunts end at the same seeds, which the unbroken code need run but once. */
function remembering(run: HuntOptions['unbroken']): HuntOptions['unbroken'] {
  const reports = new Map<string, Promise<SimulationReport>>();
  return (seed) => {
    const report = reports.get(seed) ?? run(seed);
    reports.set(seed, report);
    return report;
  };
}

async function huntFrom(tree: ScratchTree, firstSeed: number, options: HuntOptions): Promise<Catch> {
  for (let seeds = 0; seeds < options.seedsMax; ) {
    const reports = await runTree(tree, firstSeed + seeds, { ...options, seedsMax: options.seedsMax - seeds });
    seeds += reports.length;
    const last = reports.at(-1);
    if (!last?.violation) break;
    // What fails without any mutant too tells nothing.
    const { violation } = await options.unbroken(last.seed);
    if (!violation) return { firstSeed, seeds, violation: last.violation.message.split('\n', 1)[0] };
    options.onUnbroken(last.seed, violation.message);
  }
  return { firstSeed, seeds: undefined, violation: undefined };
}

function tellSmallest(tree: ScratchTree, seed: number, minutes: number): Promise<void> {
  const run = [tree.simulator, '--seeds', '1', '--seed', String(seed), '--minutes', String(minutes)];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, run, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
}

function runTree(
  tree: ScratchTree,
  firstSeed: number,
  { seedsMax, minutes }: HuntOptions,
): Promise<SimulationReport[]> {
  const directory = mkdtempSync(path.join(tmpdir(), 'tessera-hunt-'));
  const json = path.join(directory, 'reports.json');
  const seeds = ['--seeds', String(seedsMax), '--seed', String(firstSeed), '--minutes', String(minutes)];
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
