import type { FaultKind } from './faults/plan.js';
import type { SimulationPlan } from './plan.js';

/** Runs that a search for a smaller failure takes at most. */
export const SHRINK_RUNS_MAX = 150;

/** How a run failed: which occurrences of trouble had begun until then, in the order of time. */
export interface Failure {
  readonly occurrences: readonly string[];
}

/** Two failures with so many of their words in common are taken for the same. */
const WORDS_SHARE_MIN = 0.6;

/** Whether two messages tell the same failure: paths, hosts and numbers may differ. */
export function isSameFailure(one: string, other: string): boolean {
  const [ones, others] = [wordsOf(one), wordsOf(other)];
  const common = [...ones].filter((word) => others.has(word)).length;
  return common >= WORDS_SHARE_MIN * new Set([...ones, ...others]).size;
}

/** Of the first line. */
function wordsOf(message: string): Set<string> {
  const [line = ''] = message.split('\n', 1);
  return new Set(line.split(/[\s,;:()]+/).filter((word) => word !== '' && !/[\d/]/.test(word)));
}

/** Makes a plan smaller. */
type Cut = (plan: SimulationPlan) => void;

/** What may be left out of a plan, the largest parts first. */
function cutsOf(plan: SimulationPlan): Cut[] {
  return [
    promiseCut,
    ...shiftCuts(plan),
    ...clientCuts(plan),
    ...kindCuts(plan),
    ...calmCuts(plan),
    ...operationCuts(plan),
  ];
}

/** No more shifts than planned. */
const promiseCut: Cut = ({ schedule }) => {
  schedule.promise = { operations: 0, faults: 0, kinds: 0 };
};

/** Less time: the later half of the shifts, then each of them, then the rest between. */
function shiftCuts({ schedule: { shifts, minutes } }: SimulationPlan): Cut[] {
  const count = shifts.length;
  const keep =
    (wanted: (index: number) => boolean): Cut =>
    ({ schedule }) => {
      schedule.shifts = schedule.shifts.filter((_, index) => wanted(index));
    };
  const half = count > 1 ? [keep((index) => index < count / 2), keep((index) => index >= count / 2)] : [];
  const each = count > 2 ? shifts.map((_, left) => keep((index) => index !== left)) : [];
  const atOnce: Cut = ({ schedule }) => {
    schedule.shifts = schedule.shifts.map(({ faults }) => ({ atMs: 0, faults }));
    schedule.minutes = 0;
  };
  return [...half, ...each, ...(minutes > 0 ? [atOnce] : [])];
}

function clientCuts({ workload }: SimulationPlan): Cut[] {
  const least = { rivals: 0, coWriters: 0, settlers: 0, ranks: 0, hermitTurns: 0, lanes: 1, clients: 1 } as const;
  return (Object.keys(least) as (keyof typeof least)[])
    .filter((name) => workload[name] > least[name])
    .map((name) => (plan) => {
      plan.workload[name] = least[name];
    });
}

function kindCuts({ schedule: { shifts } }: SimulationPlan): Cut[] {
  const kinds = new Set<FaultKind>(shifts.flatMap(({ faults }) => faults));
  return [...kinds].map((kind) => ({ schedule }) => {
    schedule.shifts = schedule.shifts.map(({ atMs, faults }) => ({
      atMs,
      faults: faults.filter((other) => other !== kind),
    }));
  });
}

function calmCuts({ faults }: SimulationPlan): Cut[] {
  const cuts: Cut[] = [];
  if (faults.stopAtEnd) cuts.push((plan) => Object.assign(plan.faults, { stopAtEnd: false }));
  if (faults.metaserverDamages > 0) cuts.push((plan) => Object.assign(plan.faults, { metaserverDamages: 0 }));
  if (faults.fromStart) cuts.push((plan) => Object.assign(plan.faults, { fromStart: false }));
  return cuts;
}

function operationCuts({ workload }: SimulationPlan): Cut[] {
  return (['operationsPerLane', 'operationsPerRival'] as const)
    .filter((name) => workload[name] > 1)
    .map((name) => (plan) => {
      plan.workload[name] = Math.ceil(plan.workload[name] / 2);
    });
}

/**
 * Looks for a smaller plan that fails too: leaves out one part after the other and keeps what still fails, until nothing
 * more can go or `runsMax` runs are used up; then the same with the single occurrences of trouble, the later ones first.
 * `fails` runs a plan, of which it gets a copy, and tells how it failed; undefined when it passed.
 */
export async function shrink(
  plan: SimulationPlan,
  fails: (plan: SimulationPlan) => Promise<Failure | undefined>,
  runsMax = SHRINK_RUNS_MAX,
): Promise<SimulationPlan> {
  let smallest = structuredClone(plan);
  let runs = 0;
  let failure: Failure | undefined;
  const attempt = async (cut: Cut): Promise<boolean> => {
    const candidate = structuredClone(smallest);
    cut(candidate);
    if (JSON.stringify(candidate) === JSON.stringify(smallest)) return false;
    runs++;
    const failed = await fails(structuredClone(candidate));
    if (failed === undefined) return false;
    smallest = candidate;
    failure = failed;
    return true;
  };
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const cut of cutsOf(smallest)) {
      if (runs >= runsMax) return smallest;
      if (await attempt(cut)) isSmaller = true;
    }
  }
  failure ??= await fails(structuredClone(smallest));
  for (const size of halvesOf(failure?.occurrences.length ?? 0)) {
    for (let end = failure?.occurrences.length ?? 0; end > 0; end -= size) {
      if (runs >= runsMax) return smallest;
      const left = failure?.occurrences.slice(Math.max(0, end - size), end) ?? [];
      await attempt(({ faults }) => {
        faults.without = [...faults.without, ...left];
      });
    }
  }
  return smallest;
}

/** All of it, half of it, half of that, and so on down to 1. */
function halvesOf(count: number): number[] {
  const halves: number[] = [];
  for (let size = count; size > 0; size = size > 1 ? Math.ceil(size / 2) : 0) halves.push(size);
  return halves;
}
