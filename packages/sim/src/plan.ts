import type { ChunkserverConfig } from '@tessera/chunkserver';
import type { DirectoryLayout } from '@tessera/client';
import { SimulatedRandom } from '@tessera/env/simulated';
import type { KvLoss } from '@tessera/kv/simulated';
import type { MetaserverConfig } from '@tessera/metaserver';
import { LEASE_MS, parseRedundancy, SESSION_IDLE_MS } from '@tessera/protocol';
import { Draw } from './draw.js';
import { type FaultPlan, kindsOf, planFaults, thin } from './faults/plan.js';
import {
  FAULT_KINDS_MIN,
  LONG_MINUTES,
  planSchedule,
  promisedBy,
  type SchedulePlan,
  STANDARD_MINUTES,
  shiftsIn,
} from './schedule.js';

/** What one seed decides before anything runs: swarm style, each seed has its own mix. */
export interface SimulationPlan {
  schedule: SchedulePlan;
  cluster: ClusterPlan;
  workload: WorkloadPlan;
  faults: FaultPlan;
}

export interface ClusterPlan {
  /** One chunkserver on each. */
  chunkserverHosts: readonly string[];
  logFileBytes: number;
  storeLimits: NonNullable<MetaserverConfig['storeLimits']>;
  /** Whether the metaserver makes sure that what it inserts is not there. Without, it runs as it does outside. */
  checkInserts: boolean;
  /** How often chunkservers report; they are suspect and down after several times that. */
  heartbeatMs: number;
  /** How often the metaserver looks for what is to be reaped, and for sessions that have ended. */
  reaperMs: number;
  sessionSweepMs: number;
  leaseMs: number;
  /** Sessions that end while their client cannot be heard show what a retry in the next one does. */
  sessionIdleMs: number;
  /** How much chunkservers take at once. */
  dataPlane: NonNullable<ChunkserverConfig['limits']>;
  /** What a power loss leaves of key-value applications. */
  kvLoss: KvLoss;
  junkAfterPowerLoss: boolean;
  metaserverSyncMsMax: number;
  chunkserverSyncMsMax: number;
}

export interface WorkloadPlan {
  clients: number;
  /** Sequences of operations at the same time, shared out among the clients, with so many each in every shift. */
  lanes: number;
  operationsPerLane: number;
  /** Clients that use the same names at the same time, each with so many operations in every shift. */
  rivals: number;
  /** Clients that read and write the same file at the same time, each with so many operations too. */
  coWriters: number;
  sharedFileLayout: Partial<DirectoryLayout>;
  /** Clients that do all that can be done to names in one directory, each with so many operations too. */
  settlers: number;
  /** Clients that write and read files together, and how often. */
  ranks: number;
  collectiveCalls: number;
  /** What one client does with files of its own, in every shift. */
  hermitTurns: number;
  operationsPerRival: number;
  /** Of what rivals and co-writers share. */
  sharedRedundancy: string;
  /** Of what an intruder tries to commit. */
  intruderRedundancy: string;
  /** A lane rests up to this long between operations. */
  thinkMsMax: number;
  fileBytesMax: number;
  /** The directories at the root, each with its layout; lanes are shared out among them. */
  directories: readonly DirectoryPlan[];
}

export interface DirectoryPlan {
  redundancy: string;
  segmentBytes: number;
  durability: 'synced' | 'written';
  mixing: 'file' | 'directory' | 'tenant';
  inlineBytes: number;
}

const KIB = 1024;
const REDUNDANCIES = ['copies-1', 'copies-2', 'copies-3', 'rs-2-1', 'rs-3-2', 'rs-4-2', 'rs-5-3'];
/** Clusters of all sizes, mostly large enough for any layout. */
const CHUNKSERVERS = [1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 10];
/** Turns planned for each operation that is promised: many come to several, and an intruder and ranks bring more. */
const TURNS_PER_OPERATION = 0.5;
const HERMIT_TURNS = [0, 4, 8];
/** With more shifts than this, each has less trouble. */
const FULL_SHIFTS = 4;

/** What a seed decides for a schedule of so many virtual minutes. */
export function planOfSeed(seed: string, minutes = STANDARD_MINUTES): SimulationPlan {
  return planSimulation(new Draw(new SimulatedRandom(seed).fork('plan')), minutes);
}

export function planSimulation(draw: Draw, minutes = STANDARD_MINUTES): SimulationPlan {
  const cluster = planCluster(draw, minutes);
  const { chunkserverHosts } = cluster;
  const turnsPerShift = (TURNS_PER_OPERATION * promisedBy(minutes).operations) / shiftsIn(minutes);
  const workload = planWorkload(draw, chunkserverHosts.length, turnsPerShift);
  const redundancies = [workload.sharedRedundancy, ...workload.directories.map(({ redundancy }) => redundancy)];
  const faults = planFaults(draw, { chunkserverHosts, redundancies, minutes, kindsMin: FAULT_KINDS_MIN });
  thin(faults, FULL_SHIFTS / shiftsIn(minutes));
  return { schedule: planSchedule(draw, minutes, kindsOf(faults)), cluster, workload, faults };
}

/** Files are small, so that short runs fill many of them, and cost little to scan. */
function planCluster(draw: Draw, minutes: number): ClusterPlan {
  return {
    chunkserverHosts: Array.from({ length: draw.of(CHUNKSERVERS) }, (_, index) => `host-${index + 1}`),
    logFileBytes: draw.of([256 * KIB, 512 * KIB, 1024 * KIB]),
    storeLimits: {
      journalFileBytesMax: draw.of([64 * KIB, 256 * KIB]),
      journalFillBytes: draw.of([4 * KIB, 16 * KIB]),
      checkpointJournalBytes: draw.of([128 * KIB, 512 * KIB]),
      checkpointCloseBytes: draw.of([16 * KIB, 128 * KIB]),
      valueCacheBytesMax: draw.of([16 * KIB, 1024 * KIB]),
      // How much of what is durable the view does not have yet.
      applyEntriesMark: draw.of([1, 30, 5_000]),
    },
    checkInserts: draw.chance(0.8),
    // What comes at regular intervals is most of what happens in hours without work.
    heartbeatMs: draw.of(minutes < LONG_MINUTES ? [1_000, 3_000, 10_000] : [5_000, 10_000]),
    reaperMs: draw.of(minutes < LONG_MINUTES ? [1_000, 5_000] : [5_000]),
    sessionSweepMs: draw.of(minutes < LONG_MINUTES ? [1_000, 5_000] : [5_000]),
    leaseMs: draw.of([LEASE_MS, LEASE_MS, 4_000]),
    sessionIdleMs: draw.of([SESSION_IDLE_MS, SESSION_IDLE_MS, 5_000]),
    dataPlane: planDataPlane(draw),
    kvLoss: draw.of(['suffix', 'holes']),
    junkAfterPowerLoss: draw.chance(0.5),
    // Slow syncs leave more that is not durable.
    metaserverSyncMsMax: draw.of([1, 10, 40]),
    chunkserverSyncMsMax: draw.of([3, 10, 40]),
  };
}

/** In half of the seeds as outside, in the others so little that requests wait for each other. */
function planDataPlane(draw: Draw): ClusterPlan['dataPlane'] {
  if (draw.chance(0.5)) return {};
  return {
    requestsPerConnectionMax: draw.of([2, 16]),
    // No less than the longest frame that clients ask for.
    bytesPerConnectionMax: 4 * 1024 * KIB,
    bodyBytesPerServerMax: draw.of([4 * 1024 * KIB, 8 * 1024 * KIB]),
    unsyncedBytesMax: draw.of([512 * KIB, 1024 * KIB]),
    warmBytesMax: draw.of([0, 256 * KIB, 64 * 1024 * KIB]),
  };
}

function planWorkload(draw: Draw, chunkservers: number, turnsPerShift: number): WorkloadPlan {
  const lanes = 3 + draw.below(3);
  const rivals = draw.of([0, 2, 3, 4]);
  const coWriters = draw.of([0, 2, 3]);
  const settlers = draw.of([0, 1, 2, 3]);
  const ranks = draw.of([0, 0, 2, 3]);
  const perLane = 5 + draw.below(6);
  const perRival = 4 + draw.below(8);
  const scale = Math.max(1, turnsPerShift / (lanes * perLane + (rivals + coWriters + settlers) * perRival));
  const fitting = REDUNDANCIES.filter((redundancy) => shardsOf(redundancy) <= chunkservers);
  const redundancy = () => draw.of(fitting);
  return {
    clients: 1 + draw.below(2),
    lanes,
    operationsPerLane: Math.ceil(scale * perLane),
    rivals,
    coWriters,
    settlers,
    ranks,
    collectiveCalls: ranks === 0 ? 0 : 3 + draw.below(5),
    hermitTurns: draw.of(HERMIT_TURNS),
    sharedFileLayout: planSharedFileLayout(draw),
    operationsPerRival: Math.ceil(scale * perRival),
    sharedRedundancy: fitting.includes('rs-4-2') ? 'rs-4-2' : redundancy(),
    intruderRedundancy: chunkservers > 1 ? 'copies-2' : 'copies-1',
    thinkMsMax: draw.of([20, 200, 500]),
    fileBytesMax: draw.of([8 * KIB, 100_000, 300_000]),
    directories: [
      planDirectory(draw, fitting.includes('rs-4-2') ? 'rs-4-2' : redundancy(), 'synced'),
      planDirectory(draw, redundancy(), 'synced'),
      planDirectory(draw, redundancy(), draw.of(['synced', 'written'])),
    ],
  };
}

function shardsOf(redundancy: string): number {
  const { data, parity } = parseRedundancy(redundancy);
  return data + parity;
}

function planSharedFileLayout(draw: Draw): Partial<DirectoryLayout> {
  return {
    segmentBytes: draw.of([64 * KIB, 1024 * KIB]),
    inlineBytes: draw.of([4 * KIB, 0]),
    mixing: draw.of(['file', 'directory', 'tenant']),
    distribution: draw.of(['simple_stripe', 'simple_stripe:strip_size=16K', 'basic']),
  };
}

export function planDirectory(draw: Draw, redundancy: string, durability: DirectoryPlan['durability']): DirectoryPlan {
  return {
    redundancy,
    durability,
    segmentBytes: draw.of([64 * KIB, 64 * KIB, 128 * KIB]),
    mixing: draw.of(['file', 'directory', 'directory', 'tenant']),
    inlineBytes: draw.of([4 * KIB, 4 * KIB, 0]),
  };
}
