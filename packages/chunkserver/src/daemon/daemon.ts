import { type Listener, replaceFile, serveHealth } from '@tessera/env';
import type { TesseraError } from '@tessera/protocol';
import { type Chunkserver, type ChunkserverEnv, startChunkserver } from '../chunkserver.js';
import type { DaemonOptions } from './options.js';

const ROLE = 'chunkserver';
const ENDPOINT_FILE = 'endpoint.json';

export interface Daemon {
  /** Stops cleanly. */
  stop(): Promise<void>;
}

/** Starts a chunkserver with its health endpoint and says in the directory's endpoint.json where it is. */
export async function startDaemon(
  env: ChunkserverEnv,
  options: DaemonOptions,
  process: { pid: number; onFatal(error: TesseraError): void },
): Promise<Daemon> {
  const { disk, log } = env;
  const { directory } = options;
  let chunkserver: Chunkserver | undefined;
  let phase: 'starting' | 'running' | 'stopping' = 'starting';
  const health =
    options.health === undefined
      ? undefined
      : await serveHealth(options.health, () => {
          if (phase !== 'running' || chunkserver === undefined) {
            return { healthy: false, fields: { status: phase, role: ROLE } };
          }
          const { isServing, status, reason, fields } = chunkserver.health();
          return { healthy: isServing, fields: { status, role: ROLE, reason, ...fields } };
        });
  try {
    chunkserver = await startChunkserver(env, { ...options, onFatal: (error) => process.onFatal(error) });
    await writeEndpoint(env, directory, process.pid, chunkserver, health);
  } catch (error) {
    await chunkserver?.close();
    await health?.close();
    throw error;
  }
  const running = chunkserver;
  phase = 'running';
  log.info({ address: running.address, health: health?.address, directory }, 'chunkserver is ready');
  return {
    async stop() {
      phase = 'stopping';
      await disk.remove(`${directory}/${ENDPOINT_FILE}`);
      await running.close();
      await health?.close();
      log.info({ directory }, 'chunkserver has stopped');
    },
  };
}

async function writeEndpoint(
  { disk }: ChunkserverEnv,
  directory: string,
  pid: number,
  { address }: Chunkserver,
  health: Listener | undefined,
): Promise<void> {
  const endpoint = { role: ROLE, pid, address, ...(health === undefined ? {} : { health: health.address }) };
  await replaceFile(disk, directory, ENDPOINT_FILE, new TextEncoder().encode(`${JSON.stringify(endpoint)}\n`));
}
