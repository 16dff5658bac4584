import { DiskMeter, type HealthReport, replaceFile } from '@tessera/env';
import { Exposition, listenForStatus, type StatusListeners } from '@tessera/metrics';
import type { TesseraError } from '@tessera/protocol';
import { type Chunkserver, type ChunkserverEnv, startChunkserver } from '../chunkserver.js';
import { fileUse, METRICS } from './metrics.js';
import type { DaemonOptions } from './options.js';

const ROLE = 'chunkserver';
const ENDPOINT_FILE = 'endpoint.json';

export interface Daemon {
  /** Stops cleanly. */
  stop(): Promise<void>;
}

/** Starts a chunkserver with its status pages and says in the directory's endpoint.json where it is. */
export async function startDaemon(
  realEnv: ChunkserverEnv,
  options: DaemonOptions,
  process: { pid: number; onFatal(error: TesseraError): void },
): Promise<Daemon> {
  const { disk, log, clock } = realEnv;
  const { directory } = options;
  let chunkserver: Chunkserver | undefined;
  let phase: Phase = 'starting';
  const meter = new DiskMeter(clock, fileUse);
  // Nobody pays for measures that nobody reads.
  const env = options.metricsListen === undefined ? realEnv : { ...realEnv, disk: meter.around(disk) };
  const listeners = await listenForStatus(
    { health: options.health, metrics: options.metricsListen },
    { health: () => healthReport(phase, chunkserver), ready: () => readyReport(phase, chunkserver) },
    () =>
      Exposition.open(clock, METRICS, async () => {
        return chunkserver && { chunkserver, disk: meter, report: chunkserver.store.report() };
      }),
  );
  try {
    chunkserver = await startChunkserver(env, { ...options, onFatal: (error) => process.onFatal(error) });
    await writeEndpoint(env, directory, process.pid, chunkserver, listeners);
  } catch (error) {
    await chunkserver?.close();
    await listeners.close();
    throw error;
  }
  const running = chunkserver;
  phase = 'running';
  log.info({ address: running.address, ...listeners.addresses, directory }, 'chunkserver is ready');
  return {
    async stop() {
      phase = 'stopping';
      await disk.remove(`${directory}/${ENDPOINT_FILE}`);
      await running.close();
      await listeners.close();
      log.info({ directory }, 'chunkserver has stopped');
    },
  };
}

type Phase = 'starting' | 'running' | 'stopping';

function healthReport(phase: Phase, chunkserver: Chunkserver | undefined): HealthReport {
  if (phase !== 'running' || chunkserver === undefined) {
    return { healthy: false, fields: { status: phase, role: ROLE } };
  }
  const { isServing, status, reason, fields } = chunkserver.health();
  return { healthy: isServing, fields: { status, role: ROLE, reason, ...fields } };
}

/** It serves, and the metaserver knows: new shards may come here. */
function readyReport(phase: Phase, chunkserver: Chunkserver | undefined): HealthReport {
  const { healthy, fields } = healthReport(phase, chunkserver);
  return { healthy: healthy && (chunkserver?.isRegistered ?? false), fields };
}

async function writeEndpoint(
  { disk }: ChunkserverEnv,
  directory: string,
  pid: number,
  { address }: Chunkserver,
  { addresses }: StatusListeners,
): Promise<void> {
  const endpoint = { role: ROLE, pid, address, ...addresses };
  await replaceFile(disk, directory, ENDPOINT_FILE, new TextEncoder().encode(`${JSON.stringify(endpoint)}\n`));
}
