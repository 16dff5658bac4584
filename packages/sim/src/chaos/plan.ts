import type { Draw } from '../draw.js';
import { type DirectoryPlan, planDirectory, type WorkloadPlan } from '../plan.js';
import { type Cast, type ScheduledFault, scheduleFaults } from './faults.js';

/** What is drawn for one round: who does what, and what goes wrong. */
export interface RoundPlan {
  readonly workload: WorkloadPlan;
  readonly faults: readonly ScheduledFault[];
}

/** What a cluster of real processes can bear on a small machine. */
const LANES_PER_CLIENT = 2;
const THINK_MS_MAX = [5, 50, 200];
const FILE_BYTES_MAX = [8 * 1024, 100_000, 1_000_000];

/** Redundancies that this many chunkservers can give in full. */
const REDUNDANCIES: readonly { readonly text: string; readonly servers: number }[] = [
  { text: 'copies-2', servers: 2 },
  { text: 'copies-3', servers: 3 },
  { text: 'rs-2-1', servers: 3 },
  { text: 'rs-3-2', servers: 5 },
  { text: 'rs-4-2', servers: 6 },
  { text: 'rs-5-3', servers: 8 },
];

/** `servers` are those with room. Work goes on until the faults' time is over. */
export function planRound(draw: Draw, cast: Cast, servers: number, forMs: number): RoundPlan {
  const redundancies = REDUNDANCIES.filter((one) => one.servers <= servers).map(({ text }) => text);
  const directory = (): DirectoryPlan =>
    planDirectory(draw, draw.of(redundancies), draw.of(['synced', 'synced', 'written']));
  const clients = cast.clients.length;
  const sharedRedundancy = draw.of(redundancies);
  return {
    workload: {
      clients,
      lanes: clients * LANES_PER_CLIENT,
      operationsPerLane: Number.POSITIVE_INFINITY,
      rivals: draw.of([0, clients]),
      coWriters: draw.of([0, clients]),
      sharedFileLayout: {},
      settlers: 0,
      ranks: 0,
      collectiveCalls: 0,
      hermitTurns: 0,
      operationsPerRival: Number.POSITIVE_INFINITY,
      sharedRedundancy,
      // There is none here.
      intruderRedundancy: sharedRedundancy,
      thinkMsMax: draw.of(THINK_MS_MAX),
      fileBytesMax: draw.of(FILE_BYTES_MAX),
      directories: [directory(), directory()],
    },
    faults: scheduleFaults(draw, cast, forMs),
  };
}
