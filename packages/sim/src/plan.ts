import type { KvLoss } from '@tessera/kv/simulated';
import type { MetaserverConfig } from '@tessera/metaserver';
import { LEASE_MS, parseRedundancy, SESSION_IDLE_MS } from '@tessera/protocol';
import type { Draw } from './draw.js';
import { type FaultPlan, planFaults } from './faults/plan.js';

/** What one seed decides before anything runs: swarm style, each seed has its own mix. */
export interface SimulationPlan {
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
  leaseMs: number;
  /** Sessions that end while their client cannot be heard show what a retry in the next one does. */
  sessionIdleMs: number;
  /** What a power loss leaves of key-value applications. */
  kvLoss: KvLoss;
  junkAfterPowerLoss: boolean;
  metaserverSyncMsMax: number;
  chunkserverSyncMsMax: number;
}

export interface WorkloadPlan {
  clients: number;
  /** Sequences of operations at the same time, shared out among the clients. */
  lanes: number;
  operationsPerLane: number;
  /** Clients that use the same names at the same time, each with so many operations. */
  rivals: number;
  /** Clients that read and write the same file at the same time, each with so many operations too. */
  coWriters: number;
  operationsPerRival: number;
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

const CHUNKSERVERS = 8;
const KIB = 1024;
const REDUNDANCIES = ['copies-1', 'copies-2', 'copies-3', 'rs-2-1', 'rs-3-2', 'rs-4-2', 'rs-5-3'];

export function planSimulation(draw: Draw): SimulationPlan {
  const cluster = planCluster(draw);
  const workload = planWorkload(draw);
  const hasParity = workload.directories.every(({ redundancy }) => parseRedundancy(redundancy).parity > 0);
  return { cluster, workload, faults: planFaults(draw, cluster.chunkserverHosts, hasParity) };
}

/** Files are small, so that short runs fill many of them, and cost little to scan. */
function planCluster(draw: Draw): ClusterPlan {
  return {
    chunkserverHosts: Array.from({ length: CHUNKSERVERS }, (_, index) => `host-${index + 1}`),
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
    leaseMs: draw.of([LEASE_MS, LEASE_MS, 4_000]),
    sessionIdleMs: draw.of([SESSION_IDLE_MS, SESSION_IDLE_MS, 5_000]),
    kvLoss: draw.of(['suffix', 'holes']),
    junkAfterPowerLoss: draw.chance(0.5),
    // Slow syncs leave more that is not durable.
    metaserverSyncMsMax: draw.of([1, 3, 40]),
    chunkserverSyncMsMax: draw.of([3, 10, 40]),
  };
}

function planWorkload(draw: Draw): WorkloadPlan {
  return {
    clients: 1 + draw.below(2),
    lanes: 3 + draw.below(3),
    operationsPerLane: 30 + draw.below(30),
    rivals: draw.of([0, 2, 3, 4]),
    coWriters: draw.of([0, 2, 3]),
    operationsPerRival: 20 + draw.below(40),
    thinkMsMax: draw.of([20, 200, 500]),
    fileBytesMax: draw.of([8 * KIB, 100_000, 300_000]),
    directories: [
      planDirectory(draw, 'rs-4-2', 'synced'),
      planDirectory(draw, draw.of(REDUNDANCIES), 'synced'),
      planDirectory(draw, draw.of(REDUNDANCIES), draw.of(['synced', 'written'])),
    ],
  };
}

function planDirectory(draw: Draw, redundancy: string, durability: DirectoryPlan['durability']): DirectoryPlan {
  return {
    redundancy,
    durability,
    segmentBytes: draw.of([64 * KIB, 64 * KIB, 128 * KIB]),
    mixing: draw.of(['file', 'directory', 'directory', 'tenant']),
    inlineBytes: draw.of([4 * KIB, 4 * KIB, 0]),
  };
}
