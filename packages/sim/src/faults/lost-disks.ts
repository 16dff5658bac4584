import { EMPTY_DISK_IMAGE } from '@tessera/env/simulated';
import type { FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

/** A host that is gone for good, or its disk alone: then the daemon starts again on an empty one. */
export function lostDisks(stage: FaultStage, { lostDisks: recurrence }: FaultPlan): Recurring {
  const { draw, cluster, budget, tally } = stage;
  return new Recurring(stage, recurrence, () => {
    const { host } = budget;
    const daemon = cluster.daemons.find((one) => one.host.name === host);
    if (!daemon || daemon.isLost) return;
    const { name } = daemon.host;
    budget.spend(name);
    const isHost = draw.chance(0.5);
    tally(isHost ? 'host lost for good' : 'disk replaced by an empty one');
    daemon.losePower();
    if (isHost) {
      daemon.abandon();
    } else {
      budget.replaced(name);
      daemon.host.disk.restore(EMPTY_DISK_IMAGE);
      cluster.storageOf(name).restore(new Map());
    }
  });
}
