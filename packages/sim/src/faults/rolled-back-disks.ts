import type { DiskImage } from '@tessera/env/simulated';
import type { KvImage } from '@tessera/kv/simulated';
import type { FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

/** A disk that goes back to what it was some time ago: a snapshot, or an old copy, in place of the disk. */
export function rolledBackDisks(stage: FaultStage, { rolledBackDisks: recurrence }: FaultPlan): Recurring {
  const { cluster, budget, tally } = stage;
  let before: { disk: DiskImage; stores: KvImage } | undefined;
  return new Recurring(stage, recurrence, () => {
    const { host } = budget;
    const daemon = cluster.daemons.find((one) => one.host.name === host);
    if (!daemon || daemon.isLost) return;
    const { disk, name } = daemon.host;
    const storage = cluster.storageOf(name);
    if (before === undefined) {
      before = { disk: disk.image(), stores: storage.image() };
      return;
    }
    budget.spend(name);
    tally('disk rolled back');
    daemon.losePower();
    disk.restore(before.disk);
    storage.restore(before.stores);
    before = undefined;
  });
}
