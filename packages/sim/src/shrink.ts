import type { SimulationPlan } from './plan.js';

/** Runs that a search for a smaller failure takes at most. */
export const SHRINK_RUNS_MAX = 24;

type Change = (plan: SimulationPlan) => void;

/** What may be left out of a plan, the largest parts first. */
function changesOf({ workload, faults }: SimulationPlan): Change[] {
  const without = (Object.keys(faults) as (keyof typeof faults)[]).flatMap((name): Change[] => {
    const part = faults[name];
    return typeof part === 'object' && 'times' in part && part.times > 0
      ? [({ faults: other }) => Object.assign(other, { [name]: { ...part, times: 0 } })]
      : [];
  });
  const fewer = (name: 'lanes' | 'rivals' | 'coWriters' | 'clients', least: number): Change[] =>
    workload[name] > least ? [(plan) => Object.assign(plan.workload, { [name]: least })] : [];
  const half = (name: 'operationsPerLane' | 'operationsPerRival'): Change[] =>
    workload[name] > 1 ? [(plan) => Object.assign(plan.workload, { [name]: Math.ceil(workload[name] / 2) })] : [];
  const none = { weather: {}, answerCrashes: 0, startCrashChance: 0, stopAtEnd: false };
  const simpler = Object.entries(none).flatMap(([name, value]): Change[] => {
    const isThere = JSON.stringify(faults[name as keyof typeof none]) !== JSON.stringify(value);
    return isThere ? [(plan) => Object.assign(plan.faults, { [name]: value })] : [];
  });
  return [
    ...fewer('rivals', 0),
    ...fewer('coWriters', 0),
    ...fewer('lanes', 1),
    ...fewer('clients', 1),
    ...half('operationsPerLane'),
    ...half('operationsPerRival'),
    ...without,
    ...simpler,
  ];
}

/**
 * Looks for a smaller plan that fails too: leaves out one part after the other and keeps what still fails, until nothing
 * more can go or `runsMax` runs are used up. `fails` runs a plan; it gets one of its own each time.
 */
export async function shrink(
  plan: SimulationPlan,
  fails: (plan: SimulationPlan) => Promise<boolean>,
  runsMax = SHRINK_RUNS_MAX,
): Promise<SimulationPlan> {
  let smallest = structuredClone(plan);
  let runs = 0;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const change of changesOf(smallest)) {
      if (runs++ >= runsMax) return smallest;
      const candidate = structuredClone(smallest);
      change(candidate);
      if (!(await fails(structuredClone(candidate)))) continue;
      smallest = candidate;
      isSmaller = true;
    }
  }
  return smallest;
}
