import type { Env, Log } from '@tessera/env';
import { parseAddress } from '@tessera/env';
import type { KvEngine } from '@tessera/kv';
import { BufferPool, checkLabels, TesseraError, v1 } from '@tessera/protocol';
import { DATA_PLANE_LIMITS, type DataPlaneLimits } from './data-plane/limits.js';
import { DataPlane } from './data-plane/server.js';
import { LOG_FILE_BYTES_MIN } from './log/limits.js';
import { Registration } from './registration/registration.js';
import { openStore } from './store/open-store.js';
import type { ShardStore } from './store/shard-store.js';

export interface ChunkserverEnv extends Env {
  readonly kv: KvEngine;
  readonly log: Log;
}

export interface ChunkserverConfig {
  /** The disk: log, index and identity lie here; made when missing. One chunkserver at a time may use it. */
  directory: string;
  /** host:port of the metaserver. */
  metaserver: string;
  /** host:port of the data plane; port 0 takes any free one. */
  listen: string;
  /** host:port where clients reach it; default: where it listens. */
  advertise?: string | undefined;
  /** Failure domains and whatever else placement may ask for. */
  labels: readonly { key: string; value: string }[];
  /** How much of the file system it may use; default: what there is. */
  capacityBytes?: number | undefined;
  /** Default 1 GiB. */
  logFileBytes?: number | undefined;
  /** Lower limits of the data plane and the log, for tests and simulations. */
  limits?: Partial<DataPlaneLimits & { unsyncedBytesMax: number; warmBytesMax: number }>;
  /** Called once when the metaserver refuses this disk for good: the process must end. */
  onFatal(error: TesseraError): void;
}

/** What a chunkserver says of itself to probes. */
export interface ChunkserverHealth {
  /** Whether it serves shards. */
  isServing: boolean;
  status: 'serving' | 'joining' | 'failed';
  /** Unless all is well: what is not. */
  reason: string | undefined;
  fields: Record<string, unknown>;
}

export interface Chunkserver {
  /** The bound host:port of the data plane. */
  readonly address: string;
  /** Settles when the index has been compared with the log, at the latest at the close. */
  readonly compared: Promise<void>;
  readonly store: ShardStore;
  readonly dataPlane: DataPlane;
  /** Whether the last call to the metaserver went well. */
  readonly isRegistered: boolean;
  health(): ChunkserverHealth;
  /** Stops serving, seals the log and lets the directory go. */
  close(): Promise<void>;
}

/** Payload buffers kept for reuse. */
const POOL_BYTES_MAX = 64 * 1024 ** 2;

/**
 * Starts a chunkserver on a directory, a fresh disk when it is empty. It serves as soon as it knows its cluster, and looks
 * for the metaserver for as long as it lives.
 * @throws TesseraError INVALID_ARGUMENT, INVALID_LAYOUT (labels), LOCKED, DISK_REFUSED; DiskError; KvError; NetworkError
 */
export async function startChunkserver(env: ChunkserverEnv, config: ChunkserverConfig): Promise<Chunkserver> {
  checkConfig(config);
  const { directory, capacityBytes, logFileBytes, limits } = config;
  const pool = new BufferPool({ retainedBytesMax: POOL_BYTES_MAX });
  const open = await openStore(env, {
    directory,
    pool,
    capacityBytes,
    logFileBytes,
    unsyncedBytesMax: limits?.unsyncedBytesMax,
    warmBytesMax: limits?.warmBytesMax,
  });
  const { store, identity, witness } = open;
  const dataPlane = new DataPlane(env, { store, identity, pool }, { ...DATA_PLANE_LIMITS, ...limits });
  let address: string;
  try {
    address = await dataPlane.listen(env.network, config.listen);
  } catch (error) {
    await open.close();
    throw error;
  }
  const registration = new Registration({
    ...env,
    store,
    identity,
    witness,
    metaserver: config.metaserver,
    address: config.advertise ?? address,
    labels: config.labels,
    onFatal: (error) => config.onFatal(error),
  });
  registration.start();
  let closing: Promise<void> | undefined;
  return {
    address,
    compared: open.compared,
    store,
    dataPlane,
    get isRegistered() {
      return registration.isRegistered;
    },
    health() {
      const { clusterId, server, diskId, eraSeen } = identity.current;
      const report = store.report();
      const isFailed = report.state === v1.DiskState.DISK_STATE_FAILED;
      const status = clusterId === undefined ? 'joining' : isFailed ? 'failed' : 'serving';
      const waiting = registration.lastError && `no word from the metaserver: ${registration.lastError.message}`;
      return {
        isServing: status === 'serving',
        status,
        reason: [report.message, waiting].filter(Boolean).join('; ') || undefined,
        fields: {
          address,
          metaserver: config.metaserver,
          registered: registration.isRegistered,
          clusterId: clusterId && hex(clusterId),
          server,
          diskId: hex(diskId),
          eraSeen,
          diskState: v1.DiskState[report.state],
          capacityBytes: report.capacityBytes,
          usedBytes: report.usedBytes,
          freeBytes: report.freeBytes,
          shards: report.shards,
          doubtful: report.doubtful,
          readErrors: report.readErrors,
          writeErrors: report.writeErrors,
          connections: dataPlane.connections,
          connectionFaults: dataPlane.faults,
          bodyBytes: dataPlane.bodyBytes,
          headerBytes: dataPlane.headerBytes,
        },
      };
    },
    close() {
      closing ??= (async () => {
        await registration.stop();
        await dataPlane.close();
        await open.close();
      })();
      return closing;
    },
  };
}

function checkConfig({ listen, advertise, labels, capacityBytes, logFileBytes }: ChunkserverConfig): void {
  const { host } = parseAddress(listen);
  if (advertise !== undefined) {
    if (parseAddress(advertise).port === 0) refuse(`the advertised address ${advertise} needs the actual port`);
  } else if (host === '0.0.0.0' || host === '::') {
    refuse(`listening on ${listen} tells clients no address: give the one they reach with --advertise HOST:PORT`);
  }
  checkLabels(labels);
  if (capacityBytes !== undefined && !(capacityBytes > 0)) refuse('the capacity must be more than 0 bytes');
  if (logFileBytes !== undefined && !(logFileBytes >= LOG_FILE_BYTES_MIN)) {
    refuse(`log files of ${logFileBytes} bytes; they must have at least ${LOG_FILE_BYTES_MIN}`);
  }
}

function refuse(message: string): never {
  throw new TesseraError('INVALID_ARGUMENT', message);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
