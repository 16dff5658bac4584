import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Client, connect } from '@tessera/client';
import { type LocalCluster, startLocalCluster } from '@tessera/client/local-cluster';
import type { Roles } from './cpu.js';
import type { Subject } from './phase.js';
import type { Profiler } from './profile/profiler.js';

/** A fresh local cluster of real processes with one connected client in this process. */
export interface BenchCluster extends Subject {
  client: Client;
  /** host:port, for clients in processes of their own. */
  metaserver: string;
  /** Ends a chunkserver (from 0) with SIGKILL. */
  kill(chunkserver: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startBenchCluster(
  parent: string,
  chunkservers: number,
  profiler: Profiler,
): Promise<BenchCluster> {
  const directory = await mkdtemp(path.join(parent, 'tessera-bench-'));
  const cluster = await startLocalCluster({ directory, chunkservers });
  const client = await connect({ metaserver: cluster.metaserver, name: 'bench' }).catch(async (error) => {
    await cluster.stop();
    throw error;
  });
  const killed = new Set<number>();
  const roles = () => rolesOf(cluster, killed);
  return {
    client,
    metaserver: cluster.metaserver,
    roles,
    profiled: (name, work) => profiler.run(name, roles(), work),
    async kill(chunkserver) {
      const pid = cluster.pids()[chunkserver + 1] as number;
      await cluster.kill(`chunkserver-${chunkserver + 1}`);
      killed.add(pid);
    },
    async stop() {
      await client.close();
      await cluster.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function rolesOf(cluster: LocalCluster, killed: ReadonlySet<number>): Roles {
  const [metaserver, ...chunkservers] = cluster.pids();
  return {
    client: [process.pid],
    metaserver: [metaserver as number],
    chunkservers: chunkservers.filter((pid) => !killed.has(pid)),
  };
}
