import { type Random, randomBelow, randomUnit } from '@tessera/env';
import type { NetworkSettings } from '@tessera/env/simulated';

/** What one seed decides before anything runs: swarm style, each seed has its own mix. */
export interface SimulationPlan {
  chunkservers: number;
  lanes: number;
  operationsPerLane: number;
  redundancies: readonly string[];
  segmentBytes: number;
  fileBytesMax: number;
  /** Crashes of daemons at calls into their environment. */
  crashes: number;
  /** Share of crashes that are power losses of the host; the rest kill the process alone. */
  powerShare: number;
  /** Daemons down at the same time, the metaserver included; 0 = no bound. */
  downMax: number;
  restartMsMax: number;
  network: Partial<NetworkSettings>;
}

const REDUNDANCIES = ['copies-2', 'copies-3', 'rs-2-1', 'rs-4-2', 'rs-3-2'];

export function planSimulation(random: Random): SimulationPlan {
  const pick = <T>(items: readonly T[]): T => items[randomBelow(random, items.length)] as T;
  const rough = randomUnit(random) < 0.5;
  return {
    chunkservers: 8,
    lanes: 2 + randomBelow(random, 5),
    operationsPerLane: 30 + randomBelow(random, 40),
    redundancies: [pick(REDUNDANCIES), pick(REDUNDANCIES), 'rs-4-2'],
    segmentBytes: 64 * 1024 * (1 + randomBelow(random, 2)),
    fileBytesMax: pick([8 * 1024, 100_000, 400_000]),
    crashes: pick([0, 3, 6, 12, 20]),
    powerShare: pick([0, 0.3, 0.5, 1]),
    downMax: pick([1, 2, 3, 0]),
    restartMsMax: pick([100, 2_000, 15_000]),
    network: rough
      ? {
          lossChance: pick([0, 0.005, 0.02]),
          duplicateChance: pick([0, 0.01]),
          breakChance: pick([0, 0.002]),
          stragglerChance: pick([0.01, 0.05]),
          stragglerDelayMsMax: pick([20, 500, 3_000]),
        }
      : {},
  };
}
