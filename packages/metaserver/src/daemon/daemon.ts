import { type HealthReport, type Listener, replaceFile, serveHealth } from '@tessera/env';
import type { TesseraError } from '@tessera/protocol';
import { stateName } from '../cluster/state-log.js';
import { type Metaserver, type MetaserverEnv, startMetaserver } from '../metaserver.js';
import type { DaemonOptions } from './options.js';

const ROLE = 'metaserver';
const ENDPOINT_FILE = 'endpoint.json';

export interface Daemon {
  /** Stops cleanly. */
  stop(): Promise<void>;
}

/**
 * Starts a metaserver with its health endpoint and says in the directory's endpoint.json where it is: once it serves, or
 * after a stop that was not in order as soon as it asks chunkservers, which must find it.
 */
export async function startDaemon(
  env: MetaserverEnv,
  options: DaemonOptions,
  process: { pid: number; onFatal(error: TesseraError): void },
): Promise<Daemon> {
  const { disk, log } = env;
  const { directory } = options;
  let metaserver: Metaserver | undefined;
  let status: Status = 'starting';
  const report = () => healthReport(status, metaserver);
  const health = options.health === undefined ? undefined : await serveHealth(options.health, report);
  let isToldWhere = false;
  try {
    metaserver = await startMetaserver(env, {
      directory,
      listen: options.listen,
      witnessGraceMs: options.witnessGraceMs,
      async onAsking(address) {
        isToldWhere = true;
        await writeEndpoint(env, directory, process.pid, address, health);
      },
      onFatal(error) {
        status = 'failed';
        process.onFatal(error);
      },
    });
    if (status === 'starting') status = 'serving';
    if (!isToldWhere) await writeEndpoint(env, directory, process.pid, metaserver.address, health);
  } catch (error) {
    await metaserver?.close();
    // Nobody shall look for it there; one that is still another daemon's stays.
    if (isToldWhere) await disk.remove(`${directory}/${ENDPOINT_FILE}`).catch(() => {});
    await health?.close();
    throw error;
  }
  const running = metaserver;
  log.info(
    { address: running.address, health: health?.address, directory, era: running.store.era },
    'metaserver is serving',
  );
  return {
    async stop() {
      status = 'stopping';
      await disk.remove(`${directory}/${ENDPOINT_FILE}`);
      await running.close();
      await health?.close();
      log.info({ directory }, 'metaserver has stopped');
    },
  };
}

type Status = 'starting' | 'serving' | 'stopping' | 'failed';

function healthReport(status: Status, metaserver: Metaserver | undefined): HealthReport {
  const fields: Record<string, unknown> = { status, role: ROLE };
  if (metaserver !== undefined) {
    const { store, cluster, address } = metaserver;
    const servers: Record<string, number> = { up: 0, suspect: 0, down: 0 };
    for (const { state } of cluster.servers()) servers[stateName(state)] = (servers[stateName(state)] ?? 0) + 1;
    Object.assign(fields, {
      address,
      clusterId: Buffer.from(metaserver.clusterId).toString('hex'),
      era: store.era,
      lsn: Number(store.durable.lsn),
      servers,
    });
  }
  return { healthy: status === 'serving', fields };
}

async function writeEndpoint(
  { disk }: MetaserverEnv,
  directory: string,
  pid: number,
  address: string,
  health: Listener | undefined,
): Promise<void> {
  const endpoint = { role: ROLE, pid, address, ...(health === undefined ? {} : { health: health.address }) };
  await replaceFile(disk, directory, ENDPOINT_FILE, new TextEncoder().encode(`${JSON.stringify(endpoint)}\n`));
}
