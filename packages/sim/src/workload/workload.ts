import type { SimulatedWorld } from '@tessera/env/simulated';
import type { SimulatedCluster } from '../cluster/cluster.js';
import { Draw } from '../draw.js';
import { DurabilityLedger } from '../oracle/durability.js';
import type { DirectoryPlan, SimulationPlan } from '../plan.js';
import { Books } from './books.js';
import { Lane } from './lane.js';
import type { Territory } from './territory.js';
import { Worker } from './worker.js';

/** The clients of a run and what they do while faults go on. */
export class Workload {
  readonly books: Books;
  readonly workers: readonly Worker[];
  readonly lanes: readonly Lane[];
  readonly #plan: SimulationPlan;

  constructor(world: SimulatedWorld, cluster: SimulatedCluster, plan: SimulationPlan) {
    this.#plan = plan;
    const { clients, lanes, directories } = plan.workload;
    const rotten = plan.faults.bitRot.times > 0 ? [plan.faults.rottenHost] : [];
    this.books = new Books(() => world.nowMs, new DurabilityLedger(cluster.powerLosses, rotten));
    this.workers = Array.from(
      { length: clients },
      (_, index) => new Worker(world, cluster.metaserver, `client-${index + 1}`),
    );
    this.lanes = Array.from(
      { length: lanes },
      (_, index) =>
        new Lane({
          name: `lane-${index}`,
          worker: this.workers[index % clients] as Worker,
          draw: new Draw(world.random.fork(`lane ${index}`)),
          books: this.books,
          plan: plan.workload,
          parent: rootOf(index % directories.length),
          directory: directories[index % directories.length] as DirectoryPlan,
        }),
    );
  }

  /** Everything that lanes have to themselves. */
  get territories(): Territory[] {
    return this.lanes.flatMap((lane) => lane.territories);
  }

  /** Connects the clients and makes the directories at the root, whatever the cluster goes through. */
  async prepare(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.connect()));
    const worker = this.workers[0] as Worker;
    const { chunkserverHosts } = this.#plan.cluster;
    await worker.insist('looking for the chunkservers', async (client) => {
      const { servers } = await client.clusterMap();
      return servers.length === chunkserverHosts.length;
    });
    for (const [index, { redundancy, segmentBytes, durability, mixing, inlineBytes }] of this.#directories()) {
      const layout = { redundancy, segmentBytes, durability, mixing, inlineBytes };
      await worker.insist(`making ${rootOf(index)}`, async (client) => {
        await client.mkdir(rootOf(index), { parents: true, layout });
        return true;
      });
    }
  }

  /** @throws OracleViolation */
  async run(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.run()));
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map(({ client }) => client.close()));
  }

  #directories() {
    return this.#plan.workload.directories.entries();
  }
}

/** Where the lanes of a directory plan lie. */
export function rootOf(directory: number): string {
  return `/d${directory}`;
}
