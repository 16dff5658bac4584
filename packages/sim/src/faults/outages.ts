import type { FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

const EVERYTHING_SHARE = 0.3;

/** Crashes several daemons, or all, at the same moment. */
export function outages(stage: FaultStage, { outages: recurrence, powerShare }: FaultPlan): Recurring {
  const { draw, cluster, tally } = stage;
  return new Recurring(stage, recurrence, () => {
    const { daemons } = cluster;
    const some = 2 + draw.below(Math.max(1, daemons.length - 2));
    const count = draw.chance(EVERYTHING_SHARE) ? daemons.length : some;
    const kind = draw.chance(powerShare) ? 'power' : 'kill';
    tally(count === daemons.length ? `${kind} of everything at once` : `${kind} of several at once`);
    for (const daemon of draw.some(daemons, count)) daemon.crash(kind);
  });
}
