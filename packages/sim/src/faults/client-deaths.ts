import type { Worker } from '../workload/worker.js';
import type { FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

/** Kills clients amid their operations: leases stay open, stripes half written, sessions without anyone. */
export function clientDeaths(
  stage: FaultStage,
  { clientDeaths: recurrence }: FaultPlan,
  clients: readonly Worker[],
): Recurring {
  return new Recurring(stage, recurrence, () => {
    stage.tally('death of a client');
    stage.draw.of(clients).crash();
  });
}
