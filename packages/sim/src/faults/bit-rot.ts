import type { FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

const LOG_FILE = /\/log\/\d+\.log$/;

/** Turns over bits in the shard log of one disk, always the same: a stripe has no more than one shard there. */
export function bitRot(stage: FaultStage, { bitRot: recurrence, rottenHost }: FaultPlan): Recurring {
  const { draw, cluster, tally } = stage;
  return new Recurring(stage, recurrence, () => {
    const disk = cluster.diskOf(rottenHost);
    const logs = disk.paths().filter((path) => LOG_FILE.test(path));
    if (logs.length === 0) return;
    const path = draw.of(logs);
    const bytes = disk.content(path)?.length ?? 0;
    if (bytes === 0) return;
    tally('bit rot');
    disk.flipBit(path, draw.below(bytes), draw.below(8));
  });
}
