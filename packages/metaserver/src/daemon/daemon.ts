import { DiskMeter, type HealthReport, replaceFile } from '@tessera/env';
import { Exposition, listenForStatus, type StatusListeners } from '@tessera/metrics';
import type { TesseraError } from '@tessera/protocol';
import { stateName } from '../cluster/state-log.js';
import { type Metaserver, type MetaserverEnv, startMetaserver } from '../metaserver.js';
import { fileUse, METRICS, metricsSource } from './metrics.js';
import type { DaemonOptions } from './options.js';

const ROLE = 'metaserver';
const ENDPOINT_FILE = 'endpoint.json';

export interface Daemon {
  /** Stops cleanly. */
  stop(): Promise<void>;
}

/**
 * Starts a metaserver with its status pages and says in the directory's endpoint.json where it is: once it serves, or
 * after a stop that was not in order as soon as it asks chunkservers, which must find it.
 */
export async function startDaemon(
  realEnv: MetaserverEnv,
  options: DaemonOptions,
  process: { pid: number; onFatal(error: TesseraError): void },
): Promise<Daemon> {
  const { disk, log, clock } = realEnv;
  const { directory } = options;
  let metaserver: Metaserver | undefined;
  let status: Status = 'starting';
  const meter = new DiskMeter(clock, fileUse);
  // Nobody pays for measures that nobody reads.
  const env = options.metricsListen === undefined ? realEnv : { ...realEnv, disk: meter.around(disk) };
  const listeners = await listenForStatus(
    { health: options.health, metrics: options.metricsListen },
    { health: () => healthReport(status, metaserver), ready: () => readyReport(status, metaserver) },
    () => Exposition.open(clock, METRICS, async () => metaserver && (await metricsSource(metaserver, meter))),
  );
  let isToldWhere = false;
  try {
    metaserver = await startMetaserver(env, {
      directory,
      listen: options.listen,
      witnessGraceMs: options.witnessGraceMs,
      async onAsking(address) {
        isToldWhere = true;
        await writeEndpoint(env, directory, process.pid, address, listeners);
      },
      onFatal(error) {
        status = 'failed';
        process.onFatal(error);
      },
    });
    if (status === 'starting') status = 'serving';
    if (!isToldWhere) await writeEndpoint(env, directory, process.pid, metaserver.address, listeners);
  } catch (error) {
    await metaserver?.close();
    // Nobody shall look for it there; one that is still another daemon's stays.
    if (isToldWhere) await disk.remove(`${directory}/${ENDPOINT_FILE}`).catch(() => {});
    await listeners.close();
    throw error;
  }
  const running = metaserver;
  log.info(
    { address: running.address, ...listeners.addresses, directory, era: running.store.era },
    'metaserver is serving',
  );
  return {
    async stop() {
      status = 'stopping';
      await disk.remove(`${directory}/${ENDPOINT_FILE}`);
      await running.close();
      await listeners.close();
      log.info({ directory }, 'metaserver has stopped');
    },
  };
}

type Status = 'starting' | 'serving' | 'stopping' | 'failed';

function healthReport(status: Status, metaserver: Metaserver | undefined): HealthReport {
  const fields: Record<string, unknown> = { status, role: ROLE };
  if (metaserver !== undefined) {
    const { store, address } = metaserver;
    Object.assign(fields, {
      address,
      clusterId: Buffer.from(metaserver.clusterId).toString('hex'),
      era: store.era,
      lsn: Number(store.durable.lsn),
      servers: serversByState(metaserver),
    });
  }
  return { healthy: status === 'serving', fields };
}

/** It serves, and files have somewhere to go. */
function readyReport(status: Status, metaserver: Metaserver | undefined): HealthReport {
  const servers = metaserver && serversByState(metaserver);
  return { healthy: status === 'serving' && (servers?.up ?? 0) > 0, fields: { status, role: ROLE, servers } };
}

function serversByState({ cluster }: Metaserver): Record<string, number> {
  const servers: Record<string, number> = { up: 0, suspect: 0, down: 0 };
  for (const { state } of cluster.servers()) servers[stateName(state)] = (servers[stateName(state)] ?? 0) + 1;
  return servers;
}

async function writeEndpoint(
  { disk }: MetaserverEnv,
  directory: string,
  pid: number,
  address: string,
  { addresses }: StatusListeners,
): Promise<void> {
  const endpoint = { role: ROLE, pid, address, ...addresses };
  await replaceFile(disk, directory, ENDPOINT_FILE, new TextEncoder().encode(`${JSON.stringify(endpoint)}\n`));
}
