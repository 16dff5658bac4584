import type { FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

/** Tells a daemon to stop, in order; it is started again like one that died. */
export function stops(stage: FaultStage, { stops: recurrence }: FaultPlan): Recurring {
  const { draw, cluster, tally } = stage;
  return new Recurring(stage, recurrence, () => {
    const serving = cluster.daemons.filter((daemon) => daemon.isServing);
    if (serving.length === 0) return;
    tally('stop in order');
    draw.of(serving).stop();
  });
}
