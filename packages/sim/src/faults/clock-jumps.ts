import type { FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

const JUMPS_MS = [50, 10_000, 3_600_000, 400 * 24 * 3_600_000] as const;

/** Wall clocks jump, forwards and backwards; monotonic time goes on. */
export function clockJumps(stage: FaultStage, { clockJumps: recurrence }: FaultPlan): Recurring {
  const { draw, cluster, tally } = stage;
  return new Recurring(stage, recurrence, () => {
    tally('jump of a wall clock');
    const byMs = draw.upTo(draw.of(JUMPS_MS));
    // The metaserver's is the one that files show.
    const [metaserver] = cluster.daemons;
    const daemon = draw.chance(0.5) && metaserver ? metaserver : draw.of(cluster.daemons);
    daemon.host.jumpWall(draw.chance(0.5) ? byMs : -byMs);
  });
}
