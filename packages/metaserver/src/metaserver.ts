import type { CallHandler, Env, Log, OutcomeCounter } from '@tessera/env';
import type { KvEngine } from '@tessera/kv';
import {
  addHandlers,
  adminService,
  CLUSTER_ID_BYTES,
  clusterService,
  HEARTBEAT_MS,
  LEASE_MS,
  metadataService,
  TesseraError,
} from '@tessera/protocol';
import { startLeaseSweeper } from './background/lease-sweeper.js';
import { startLiveness } from './background/liveness.js';
import type { Loop } from './background/loop.js';
import { startReaper } from './background/reaper.js';
import { startSessionSweeper } from './background/session-sweeper.js';
import { beginCluster, loadCluster } from './cluster/begin-cluster.js';
import { ClusterState } from './cluster/cluster-state.js';
import { DOWN_MS, SUSPECT_MS } from './cluster/server-state.js';
import { readFormat, writeFormat } from './format-file.js';
import { ensureRoot } from './ops/namespace/ensure-root.js';
import type { Sessions } from './ops/session/sessions.js';
import { Table } from './records/keys.js';
import { createAdminHandlers } from './service/admin-service.js';
import { CallMeter } from './service/call-meter.js';
import { createClusterHandlers } from './service/cluster-service.js';
import { FrontDoor } from './service/front-door.js';
import { createMetadataContext, type MetadataConfig } from './service/metadata-context.js';
import { createMetadataHandlers } from './service/metadata-service.js';
import { Opening, WITNESS_GRACE_MS } from './service/opening.js';
import type { OperationLatencies } from './service/operation-latencies.js';
import { type JournaledStore, openStore, type StoreLimits } from './store/index.js';

export interface MetaserverEnv extends Env {
  readonly kv: KvEngine;
  readonly log: Log;
}

export interface MetaserverConfig {
  /** Where journal and store lie; made when missing. One metaserver at a time may use it. */
  directory: string;
  /** host:port of the gRPC services; port 0 takes any free one. */
  listen: string;
  /** Called once when the metaserver can no longer be trusted to serve: the process must end. */
  onFatal(error: TesseraError): void;
  /**
   * Told the bound host:port when, after a stop that was not in order, chunkservers are asked what they know of the
   * journal: they must find the metaserver, which serves nobody yet.
   */
  onAsking?(address: string): Promise<void>;
  /** How long a start after a stop that was not in order waits for what chunkservers know of the journal. */
  witnessGraceMs?: number;
  /** How often chunkservers are to report. */
  heartbeatMs?: number;
  /** Silence after which a chunkserver is suspect, and then down. */
  suspectMs?: number;
  downMs?: number;
  /** Term of a lease. */
  leaseMs?: number;
  metadata?: Partial<MetadataConfig>;
  storeLimits?: Partial<StoreLimits>;
  /** For tests: an insert of a key that exists fails its transaction, at the cost of a look at each inserted key. */
  checkInserts?: boolean;
}

export interface Metaserver {
  /** The bound host:port. */
  readonly address: string;
  readonly clusterId: Uint8Array;
  readonly cluster: ClusterState;
  readonly store: JournaledStore;
  readonly calls: CallMeter;
  readonly operations: OutcomeCounter;
  readonly operationLatencies: OperationLatencies;
  readonly sessions: Sessions;
  /** What an administrator should hear about of the journal and the store; empty when all is well. */
  alarms(): string[];
  /** Stops serving, finishes what is under way and marks the directory as cleanly stopped. */
  close(): Promise<void>;
}

/** Every create looks for its name, every commit for its stripes, which most often are not there. */
const LOOKUP_TABLES = [Table.DENTRY, Table.STRIPE];

/**
 * Starts a metaserver on a directory, a new cluster when there is none.
 * @throws TesseraError LOCKED, CORRUPT, DATA_LOSS, DEPOSED, WRONG_VERSION, DISK_REFUSED; DiskError; NetworkError
 *   ADDRESS_IN_USE, …
 */
export async function startMetaserver(env: MetaserverEnv, config: MetaserverConfig): Promise<Metaserver> {
  const { disk, random, log } = env;
  const { directory } = config;
  let failed = false;
  const onFatal = (error: TesseraError) => {
    if (failed) return;
    failed = true;
    config.onFatal(error);
  };
  const door = new FrontDoor(env.network, config.listen);
  const { clock } = env;
  const onError = (path: string, peer: string, error: TesseraError) => logCallError(log, path, peer, error);
  const opening = new Opening({
    clock,
    log,
    door,
    graceMs: config.witnessGraceMs ?? WITNESS_GRACE_MS,
    onAsking: async (address) => config.onAsking?.(address),
    onError,
  });
  try {
    const claimed = await readFormat(disk, directory);
    const store = await openStore(env, {
      directory,
      onFatal,
      confirmEnd: (end) => opening.confirm(end),
      filteredTables: LOOKUP_TABLES,
      ...(config.storeLimits === undefined ? {} : { limits: config.storeLimits }),
      ...(config.checkInserts === undefined ? {} : { checkInserts: config.checkInserts }),
    });
    try {
      const clusterId = await beginCluster(store, claimed, random.fill(new Uint8Array(CLUSTER_ID_BYTES)));
      if (claimed === undefined) await writeFormat(disk, directory, clusterId);
      const cluster = new ClusterState({
        clock,
        random,
        clusterId,
        era: store.era,
        leaseMs: config.leaseMs ?? LEASE_MS,
        suspectMs: config.suspectMs ?? SUSPECT_MS,
        downMs: config.downMs ?? DOWN_MS,
      });
      await loadCluster(store, cluster);
      await ensureRoot(store);
      return await serve(env, config, { store, cluster, door, opening, onError, onFatal });
    } catch (error) {
      await store.close().catch((closeError) => log.error({ err: closeError }, 'the store did not close cleanly'));
      throw error;
    }
  } catch (error) {
    opening.fail();
    await door.close();
    throw error;
  }
}

interface Parts {
  store: JournaledStore;
  cluster: ClusterState;
  door: FrontDoor;
  opening: Opening;
  onError(path: string, peer: string, error: TesseraError): void;
  onFatal(error: TesseraError): void;
}

async function serve(
  env: MetaserverEnv,
  config: MetaserverConfig,
  { store, cluster, door, opening, onError, onFatal }: Parts,
): Promise<Metaserver> {
  const { clock, log } = env;
  const { round } = opening;
  const metadata = createMetadataContext({
    store,
    cluster,
    clock,
    log,
    ...(config.metadata === undefined ? {} : { config: config.metadata }),
  });
  await metadata.sessions.loadOpen();
  const handlers = new Map<string, CallHandler>();
  addHandlers(handlers, metadataService, createMetadataHandlers(metadata), onError);
  const heartbeatMs = config.heartbeatMs ?? HEARTBEAT_MS;
  const clusterHandlers = createClusterHandlers({ store, cluster, clock, log, heartbeatMs, round, onDeposed: onFatal });
  addHandlers(handlers, clusterService, clusterHandlers, onError);
  const alarms = () => [...store.alarms(), ...(round?.alarms() ?? [])];
  const adminHandlers = createAdminHandlers({
    store,
    cluster,
    clock,
    startedMs: clock.monotonicMs(),
    alarms,
  });
  addHandlers(handlers, adminService, adminHandlers, onError);
  const calls = new CallMeter(clock);
  await door.admit(calls.around(handlers));
  opening.serve(clusterHandlers);
  const loops: Loop[] = [
    startLiveness({ clock, cluster, log, suspectMs: config.suspectMs ?? SUSPECT_MS }),
    startLeaseSweeper({
      store,
      clock,
      leases: cluster.leases,
      onError: (error) =>
        log.warn({ error: TesseraError.from(error).message }, 'sweeping leases failed, it is tried again'),
    }),
    startReaper(metadata),
    startSessionSweeper(metadata),
  ];
  let closing: Promise<void> | undefined;
  const close = async () => {
    await door.close();
    await Promise.all(loops.map((loop) => loop.stop()));
    await store.close();
  };
  return {
    address: door.address,
    clusterId: cluster.clusterId(),
    cluster,
    store,
    calls,
    operations: metadata.operations,
    operationLatencies: metadata.latencies,
    sessions: metadata.sessions,
    alarms,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** A caller's mistake is its own to log; what failed in here is ours. */
function logCallError(log: Log, path: string, peer: string, error: TesseraError): void {
  if (error.code === 'INTERNAL' || error.code === 'CORRUPT') log.error({ path, peer, err: error }, 'a call failed');
  else log.debug({ path, peer, code: error.code, error: error.message }, 'a call was refused');
}
