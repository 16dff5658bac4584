import type { SimulatedWorld } from '@tessera/env/simulated';
import { simulatedClientHost } from '../cluster/client-host.js';
import type { SimulatedCluster } from '../cluster/cluster.js';
import { Draw } from '../draw.js';
import type { FaultBudget } from '../faults/fault-budget.js';
import { ClusterFacts } from '../oracle/cluster-facts.js';
import { DurabilityLedger } from '../oracle/durability.js';
import type { DirectoryPlan, SimulationPlan } from '../plan.js';
import { Books } from './books.js';
import { CoWriter, makeSharedFile } from './co-writer.js';
import type { Commons } from './commons.js';
import { type ContentTag, contentOf } from './content.js';
import { Crew } from './crew.js';
import { Hermit } from './hermit.js';
import { Intruder, SOURCE } from './intruder.js';
import { Lane } from './lane.js';
import { Wishes } from './layouts.js';
import { MISUSE_ROOT } from './operations/misuse.js';
import { makeArena, Rival } from './rival.js';
import { makeCommons, Settler } from './settler.js';
import type { SharedFile } from './shared-file.js';
import { Stranger } from './stranger.js';
import { Succession } from './succession.js';
import type { Territory } from './territory.js';
import { Worker } from './worker.js';

/** The clients of a run and what they do while faults go on. */
export class Workload {
  readonly books: Books;
  readonly intruderSource: ContentTag;
  readonly workers: readonly Worker[];
  readonly lanes: readonly Lane[];
  readonly arenas = new Succession((worker, index) => makeArena(worker, `${RIVALS_ROOT}/${index}`));
  readonly rivals: readonly Rival[];
  readonly sharedFiles: Succession<SharedFile>;
  readonly coWriters: readonly CoWriter[];
  readonly commons: Succession<Commons>;
  readonly wishes: Wishes;
  readonly settlers: readonly Settler[];
  readonly crew: Crew;
  readonly hermit: Hermit;
  readonly #plan: SimulationPlan;
  readonly #world: SimulatedWorld;
  readonly #metaserver: string;
  #intruder: Intruder | undefined;
  #stranger: Stranger | undefined;

  constructor(world: SimulatedWorld, cluster: SimulatedCluster, plan: SimulationPlan, budget: FaultBudget) {
    this.#plan = plan;
    this.#world = world;
    this.#metaserver = cluster.metaserver;
    const { clients, lanes, directories } = plan.workload;
    this.books = new Books({
      nowMs: () => world.nowMs,
      durability: new DurabilityLedger(cluster.powerLosses, budget.harmed),
      facts: new ClusterFacts(plan.cluster.chunkserverHosts.length, () => budget.replacedDisks),
    });
    this.intruderSource = this.books.newContent(SOURCE_BYTES);
    const workerOn = (host: string) => new Worker(simulatedClientHost(world, cluster.metaserver, host));
    this.workers = Array.from({ length: clients }, (_, index) => workerOn(`client-${index + 1}`));
    const { rivals, coWriters, operationsPerRival: operations, thinkMsMax } = plan.workload;
    const { sharedFileLayout, sharedRedundancy } = plan.workload;
    this.wishes = new Wishes(plan.cluster.chunkserverHosts.length, sharedRedundancy);
    this.commons = new Succession((worker, index) => makeCommons(worker, `${COMMONS_ROOT}/${index}`, sharedRedundancy));
    this.sharedFiles = new Succession((worker, index) =>
      makeSharedFile(worker, `${SHARED_FILES_ROOT}/${index}`, sharedFileLayout),
    );
    this.settlers = Array.from(
      { length: plan.workload.settlers },
      (_, index) =>
        new Settler({
          worker: workerOn(`settler-${index + 1}`),
          draw: new Draw(world.random.fork(`settler ${index}`)),
          books: this.books,
          commons: this.commons,
          wishes: this.wishes,
          operations,
          thinkMsMax,
        }),
    );
    const { ranks, collectiveCalls } = plan.workload;
    this.crew = new Crew({
      workers: Array.from({ length: ranks }, (_, index) => workerOn(`rank-${index}`)),
      root: CREW_ROOT,
      draw: new Draw(world.random.fork('crew')),
      books: this.books,
      calls: collectiveCalls,
      thinkMsMax,
    });
    this.hermit = new Hermit({
      worker: this.workers.at(-1) as Worker,
      root: HERMIT_ROOT,
      draw: new Draw(world.random.fork('hermit')),
      books: this.books,
      chunkservers: plan.cluster.chunkserverHosts.length,
      turns: plan.workload.hermitTurns,
      thinkMsMax,
    });
    this.coWriters = Array.from(
      { length: coWriters },
      (_, index) =>
        new CoWriter({
          worker: workerOn(`co-writer-${index + 1}`),
          draw: new Draw(world.random.fork(`co-writer ${index}`)),
          books: this.books,
          files: this.sharedFiles,
          goesOn: (turn) => turn < operations,
          thinkMsMax,
        }),
    );
    this.rivals = Array.from(
      { length: rivals },
      (_, index) =>
        new Rival({
          worker: workerOn(`rival-${index + 1}`),
          draw: new Draw(world.random.fork(`rival ${index}`)),
          books: this.books,
          arenas: this.arenas,
          goesOn: (turn) => turn < operations,
          thinkMsMax,
        }),
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

  /** Histories of several clients that could not be judged. */
  get undecided(): number {
    return [...this.arenas.all, ...this.sharedFiles.all, ...this.commons.all].reduce(
      (sum, { undecided }) => sum + undecided,
      0,
    );
  }

  /** All clients, with the hosts they run on. */
  get clients(): Worker[] {
    const others = [...this.rivals, ...this.coWriters, ...this.settlers].map(({ worker }) => worker);
    return [...this.workers, ...others, ...this.crew.workers];
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
      // A host may be there twice, with a disk that it has lost.
      const hosts = new Set(servers.map(({ address }) => address.split(':')[0]));
      return hosts.size === chunkserverHosts.length;
    });
    for (const [index, { redundancy, segmentBytes, durability, mixing, inlineBytes }] of this.#directories()) {
      const layout = { redundancy, segmentBytes, durability, mixing, inlineBytes };
      await worker.insist(`making ${rootOf(index)}`, async (client) => {
        await client.mkdir(rootOf(index), { parents: true, layout });
        return true;
      });
    }
    const { sharedRedundancy, intruderRedundancy } = this.#plan.workload;
    for (const root of [RIVALS_ROOT, SHARED_FILES_ROOT, COMMONS_ROOT, CREW_ROOT, HERMIT_ROOT, MISUSE_ROOT]) {
      await worker.insist(`making ${root}`, async (client) => {
        await client.mkdir(root, { parents: true, layout: { redundancy: sharedRedundancy } });
        return true;
      });
    }
    await worker.insist(`making ${INTRUDER_ROOT}`, async (client) => {
      const { clusterId } = await client.clusterMap();
      await client.mkdir(INTRUDER_ROOT, { parents: true, layout: { redundancy: intruderRedundancy, inlineBytes: 0 } });
      await client.putFile(`${INTRUDER_ROOT}/${SOURCE}`, contentOf(this.intruderSource), { replace: true });
      this.#intruder = new Intruder({
        world: this.#world,
        metaserver: this.#metaserver,
        draw: new Draw(this.#world.random.fork('intruder')),
        books: this.books,
        clusterId,
        directory: INTRUDER_ROOT,
      });
      this.#stranger = new Stranger({
        world: this.#world,
        hosts: chunkserverHosts,
        draw: new Draw(this.#world.random.fork('stranger')),
        books: this.books,
        clusterId,
      });
      return true;
    });
  }

  /** Files that an intruder made by steps of its own, all with the content of its source. */
  get intruderCopies(): readonly string[] {
    return this.#intruder?.copies ?? [];
  }

  /** One shift of work. @throws OracleViolation */
  async run(): Promise<void> {
    let isDone = false;
    const all = [...this.lanes, ...this.rivals, ...this.coWriters, ...this.settlers, this.crew, this.hermit];
    const work = Promise.all(all.map((one) => one.run())).finally(() => {
      isDone = true;
    });
    await Promise.all([work, this.#intruder?.run(() => isDone), this.#stranger?.run(() => isDone)]);
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((worker) => worker.close()));
  }

  #directories() {
    return this.#plan.workload.directories.entries();
  }
}

const SOURCE_BYTES = 30_000;
const RIVALS_ROOT = '/rivals';
const SHARED_FILES_ROOT = '/shared-files';
const CREW_ROOT = '/crew';
const HERMIT_ROOT = '/hermit';
const COMMONS_ROOT = '/commons';
const INTRUDER_ROOT = '/intruder';

/** Where the lanes of a directory plan lie. */
export function rootOf(directory: number): string {
  return `/d${directory}`;
}
