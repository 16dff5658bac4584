import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { startLocalCluster } from '@tessera/cli';
import { type Client, connect } from '@tessera/client';
import { cpuSeconds } from './cpu.js';

/** A fresh local cluster of real processes with one connected client. */
export interface BenchCluster {
  client: Client;
  /** CPU seconds used so far by the client's process and every daemon. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

export async function startBenchCluster(parent: string, chunkservers: number): Promise<BenchCluster> {
  const directory = await mkdtemp(path.join(parent, 'tessera-bench-'));
  const cluster = await startLocalCluster({ directory, chunkservers });
  const client = await connect({ metaserver: cluster.metaserver, name: 'bench' });
  return {
    client,
    cpuSeconds: () => cpuSeconds(cluster.pids()),
    stop: async () => {
      await client.close();
      await cluster.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
