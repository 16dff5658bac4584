import { type Clock, type Log, OutcomeCounter } from '@tessera/env';
import { SESSION_IDLE_MS } from '@tessera/protocol';
import type { ClusterView } from '../cluster/cluster-view.js';
import { SESSIONS_MAX, Sessions } from '../ops/session/sessions.js';
import type { MetadataStore } from '../store/transaction.js';
import { OperationLatencies } from './operation-latencies.js';

/** What the metadata service knows of the cluster besides what transactions see. */
export interface MetadataCluster extends ClusterView {
  mapVersion(): number;
  clusterId(): Uint8Array;
}

export interface MetadataConfig {
  /** Sessions open at the same time. */
  readonly sessionsMax: number;
  /** A session silent for longer ends. */
  readonly sessionIdleMs: number;
  /** How often sessions are looked at for that. */
  readonly sessionSweepMs: number;
  /** How often the reaper looks for work when it has none. */
  readonly reaperIntervalMs: number;
}

export const METADATA_CONFIG_DEFAULT: MetadataConfig = {
  sessionIdleMs: SESSION_IDLE_MS,
  sessionsMax: SESSIONS_MAX,
  sessionSweepMs: 60_000,
  reaperIntervalMs: 1_000,
};

/** What the metadata service, the session sweeper and the reaper share. */
export interface MetadataContext {
  readonly store: MetadataStore;
  readonly cluster: MetadataCluster;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: MetadataConfig;
  readonly sessions: Sessions;
  /** Operations answered, by the name of their request. */
  readonly operations: OutcomeCounter;
  readonly latencies: OperationLatencies;
}

export function createMetadataContext(parts: {
  store: MetadataStore;
  cluster: MetadataCluster;
  clock: Clock;
  log: Log;
  config?: Partial<MetadataConfig>;
}): MetadataContext {
  const { store, cluster, clock, log } = parts;
  const config = { ...METADATA_CONFIG_DEFAULT, ...parts.config };
  return {
    store,
    cluster,
    clock,
    log,
    config,
    sessions: new Sessions(store, clock, config.sessionsMax),
    operations: new OutcomeCounter(),
    latencies: new OperationLatencies(),
  };
}
