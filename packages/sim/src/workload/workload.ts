import { type Client, connect } from '@tessera/client';
import { sleep } from '@tessera/env';
import type { SimulatedProcess, SimulatedWorld } from '@tessera/env/simulated';
import type { SimulatedCluster } from '../cluster/cluster.js';
import { Draw } from '../draw.js';
import { codedError } from '../oracle/coded-error.js';
import { DurabilityLedger } from '../oracle/durability.js';
import { OracleViolation } from '../oracle/violation.js';
import type { DirectoryPlan, SimulationPlan } from '../plan.js';
import { meaningOf } from './answers.js';
import { Books } from './books.js';
import { Lane } from './lane.js';
import type { Territory } from './territory.js';

const POLL_MS = 50;

/** A client process that works. */
export interface Worker {
  readonly process: SimulatedProcess;
  readonly client: Client;
}

/** The clients of a run and what they do while faults go on. */
export class Workload {
  readonly books: Books;
  readonly workers: Worker[] = [];
  readonly lanes: Lane[] = [];
  /** Names of the clients' hosts. */
  readonly hosts: readonly string[];
  readonly #world: SimulatedWorld;
  readonly #cluster: SimulatedCluster;
  readonly #plan: SimulationPlan;

  constructor(world: SimulatedWorld, cluster: SimulatedCluster, plan: SimulationPlan) {
    this.#world = world;
    this.#cluster = cluster;
    this.#plan = plan;
    const rotten = plan.faults.bitRot.times > 0 ? [plan.faults.rottenHost] : [];
    this.books = new Books(() => world.nowMs, new DurabilityLedger(cluster.powerLosses, rotten));
    this.hosts = Array.from({ length: plan.workload.clients }, (_, index) => `client-${index + 1}`);
    for (const host of this.hosts) world.host(host);
  }

  /** Everything that lanes have to themselves. */
  get territories(): Territory[] {
    return this.lanes.flatMap((lane) => lane.territories);
  }

  /** Connects the clients and makes the directories at the root, whatever the cluster goes through. */
  async prepare(): Promise<void> {
    for (const host of this.hosts) this.workers.push(await this.connect(host));
    const [{ client, process }] = this.workers as [Worker];
    await this.#insist(process, async () => {
      const { servers } = await client.clusterMap();
      if (servers.length === this.#plan.cluster.chunkserverHosts.length) return true;
      await sleep(process.clock, POLL_MS);
      return false;
    });
    for (const [index, directory] of this.#plan.workload.directories.entries()) {
      await this.#insist(process, async () => {
        await client.mkdir(rootOf(index), { parents: true, layout: layoutOf(directory) });
        return true;
      });
    }
    this.#makeLanes();
  }

  /** @throws OracleViolation */
  async run(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.run()));
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map(({ client }) => client.close()));
  }

  /** Starts a client process on a host of its own. */
  async connect(host: string): Promise<Worker> {
    const process = this.#world.host(host).start(host);
    let client: Client | undefined;
    await this.#insist(process, async () => {
      client = await connect({ metaserver: this.#cluster.metaserver, env: process, name: host });
      return true;
    });
    return { process, client: client as Client };
  }

  #makeLanes(): void {
    const { lanes, directories } = this.#plan.workload;
    for (let index = 0; index < lanes; index++) {
      const { client, process } = this.workers[index % this.workers.length] as Worker;
      const at = index % directories.length;
      this.lanes.push(
        new Lane({
          name: `lane-${index}`,
          client,
          clock: process.clock,
          draw: new Draw(this.#world.random.fork(`lane ${index}`)),
          books: this.books,
          plan: this.#plan.workload,
          parent: rootOf(at),
          directory: directories[at] as DirectoryPlan,
        }),
      );
    }
  }

  /** Tries until it is done, through all that trouble explains. */
  async #insist(process: SimulatedProcess, attempt: () => Promise<boolean>): Promise<void> {
    for (;;) {
      try {
        if (await attempt()) return;
      } catch (thrown) {
        const error = codedError(thrown);
        if (meaningOf(error.code) !== 'unanswered') {
          throw new OracleViolation(`preparing: ${error.code}: ${error.message}`, { cause: error });
        }
        await sleep(process.clock, POLL_MS);
      }
    }
  }
}

/** Where the lanes of a directory plan lie. */
export function rootOf(directory: number): string {
  return `/d${directory}`;
}

function layoutOf({ redundancy, segmentBytes, durability, mixing, inlineBytes }: DirectoryPlan) {
  return { redundancy, segmentBytes, durability, mixing, inlineBytes };
}
