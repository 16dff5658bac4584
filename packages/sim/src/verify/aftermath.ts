import type { Client } from '@tessera/client';
import type { SimulatedWorld } from '@tessera/env/simulated';
import { simulatedClientHost } from '../cluster/client-host.js';
import type { SimulatedCluster } from '../cluster/cluster.js';
import { Draw } from '../draw.js';
import type { FaultBudget } from '../faults/fault-budget.js';
import { OracleViolation } from '../oracle/violation.js';
import type { DirectoryPlan, SimulationPlan } from '../plan.js';
import { Actor } from '../workload/actor.js';
import { CoWriter } from '../workload/co-writer.js';
import { contentOf, firstDifference } from '../workload/content.js';
import { getAt } from '../workload/operations/get.js';
import { putContent } from '../workload/operations/put.js';
import { Settler } from '../workload/settler.js';
import { Territory } from '../workload/territory.js';
import { Worker } from '../workload/worker.js';
import { rootOf, type Workload } from '../workload/workload.js';
import { ShardCensus } from './shard-census.js';
import { checkSnapshot, checkUnchanged, type Snapshot, takeSnapshot } from './snapshot.js';
import { checkTotals, walkAll } from './totals.js';

/** A client that met trouble trusts its servers again within this. */
const TRUST_MS_MAX = 60_000;
const TRUST_POLL_MS = 1_000;
/** What is still under way from clients that have closed has arrived after this, … */
const STRAGGLERS_MS = 10_000;
/** … and what chunkservers have to report after so many heartbeats. */
const REPORT_HEARTBEATS = 3;
const FILES_READ_MAX = 10;

/** What is looked at once faults have stopped. */
export class Aftermath {
  readonly #world: SimulatedWorld;
  readonly #cluster: SimulatedCluster;
  readonly #plan: SimulationPlan;
  readonly #workload: Workload;
  readonly #budget: FaultBudget;
  /** By territory root. */
  readonly #snapshots = new Map<string, Snapshot>();
  #verifier: Worker | undefined;
  #looks = 0;
  #added: Territory[] = [];
  files = 0;
  shards = 0;
  torn = 0;

  constructor(
    world: SimulatedWorld,
    cluster: SimulatedCluster,
    plan: SimulationPlan,
    workload: Workload,
    budget: FaultBudget,
  ) {
    this.#world = world;
    this.#budget = budget;
    this.#cluster = cluster;
    this.#plan = plan;
    this.#workload = workload;
  }

  /** The clients that went through it all find their files, and can put new ones with full protection. */
  async clientsGoOn(): Promise<void> {
    for (const worker of this.#workload.workers) await worker.connect();
    // Whoever stood still is thought to be down until it is heard again.
    for (const worker of this.#workload.workers) await this.#serversUp(worker);
    for (const { territories, worker } of this.#workload.lanes) {
      const last = territories.at(-1);
      if (last !== undefined) await this.#readOn(last, worker);
    }
    for (const worker of this.#workload.workers) {
      await this.#trustServers(worker);
      for (const [index, directory] of this.#plan.workload.directories.entries()) {
        await this.#putOn(worker, index, directory);
      }
    }
  }

  /** A new client reads everything; what it finds is what may be, and what the last one found. */
  async look(): Promise<void> {
    const verifier = new Worker(
      simulatedClientHost(this.#world, this.#cluster.metaserver, `verifier-${++this.#looks}`),
    );
    this.#verifier = verifier;
    await verifier.connect();
    await verifier.rest(Math.max(STRAGGLERS_MS, REPORT_HEARTBEATS * this.#plan.cluster.heartbeatMs));
    const { client } = verifier;
    for (const territory of [...this.#workload.territories, ...this.#added]) {
      const snapshot = await takeSnapshot(client, territory);
      const before = this.#snapshots.get(territory.root);
      if (before) checkUnchanged(before, snapshot, territory.root);
      checkSnapshot(snapshot, territory, this.#workload.books);
      this.#snapshots.set(territory.root, snapshot);
    }
    for (const arena of this.#workload.arenas.all) {
      await arena.look(client, verifier.host, () => this.#world.nowMs);
      arena.check();
    }
    await this.#lookAtSharedFiles(verifier);
    await this.#lookAtCommons(verifier);
    await this.#workload.crew.look(client);
    await this.#workload.hermit.look(client);
    await this.#lookAtCopies(client);
    const walked = await walkAll(client);
    checkTotals(await client.clusterStatus(), walked);
    this.files = walked.files;
  }

  /** Every live shard is on the disk where it belongs, and no id was given twice. */
  async countDisks(): Promise<void> {
    const census = await ShardCensus.take(this.#cluster);
    this.shards = census.count;
    const { client } = this.#verifier as Worker;
    const context = {
      harmed: this.#budget.harmed,
      isDoubted: this.#cluster.isDoubted.bind(this.#cluster),
    };
    for (const territory of [...this.#workload.territories, ...this.#added]) {
      const tree = territory.worlds.someTree();
      for (const [path, node] of tree.nodes()) {
        if (node.kind === 'directory' || node.tag.bytes === 0) continue;
        const absolute = territory.absolute(path);
        const extents = await client.extents(absolute);
        census.checkProtected(absolute, extents);
        if (territory.directory.durability === 'synced') census.checkPresent(absolute, extents, context);
        else census.checkTornIsKnown(absolute, extents, context);
      }
    }
    this.torn = census.torn;
  }

  async #lookAtSharedFiles(worker: Worker): Promise<void> {
    const { books, sharedFiles } = this.#workload;
    const draw = new Draw(this.#world.random.fork(`look at shared files ${this.#looks}`));
    const reader = new CoWriter({ worker, books, draw, files: sharedFiles, goesOn: () => false, thinkMsMax: 0 });
    for (const file of sharedFiles.all) {
      await reader.look(file);
      file.check();
    }
  }

  async #lookAtCopies(client: Client): Promise<void> {
    const { intruderCopies, intruderSource } = this.#workload;
    for (const path of intruderCopies) {
      if (firstDifference(await client.getFile(path), contentOf(intruderSource)) === undefined) continue;
      throw new OracleViolation(`${path} has not the content of the file that it was made of`);
    }
  }

  async #lookAtCommons(worker: Worker): Promise<void> {
    const { books, commons, wishes } = this.#workload;
    const draw = new Draw(this.#world.random.fork(`look at commons ${this.#looks}`));
    const reader = new Settler({ worker, books, draw, commons, wishes, operations: 0, thinkMsMax: 0 });
    for (const place of commons.all) {
      await reader.look(place);
      place.check();
    }
  }

  async #readOn(territory: Territory, worker: Worker): Promise<void> {
    const actor = new Actor({ worker, books: this.#workload.books, territory, mayFail: false });
    const paths = [...territory.worlds.someTree().nodes()].filter(([, { kind }]) => kind === 'file');
    for (const [path] of paths.slice(0, FILES_READ_MAX)) await getAt(actor, path, {}, false);
  }

  async #putOn(worker: Worker, index: number, directory: DirectoryPlan): Promise<void> {
    const { books } = this.#workload;
    const territory = new Territory(`${rootOf(index)}/after-${this.#added.length}`, directory);
    this.#added.push(territory);
    await worker.client.mkdir(territory.root);
    const actor = new Actor({ worker, books, territory, mayFail: false });
    const tag = books.newContent(2 * directory.segmentBytes + 1);
    const mutation = { type: 'put', path: 'file', tag, replace: false } as const;
    const result = await putContent(actor, mutation, contentOf(tag), { replace: false });
    const { protection = 'no', detail } = result ?? {};
    // Stripes as wide as the cluster become narrower when a host is gone for good; parity is never spared.
    const isNarrow = protection === 'narrowed' && this.#budget.harmed.size > 0;
    if (protection !== 'full' && !isNarrow) {
      throw new OracleViolation(
        `a put into ${territory.root} has ${protection} protection though every server is up: ${detail}`,
      );
    }
    await getAt(actor, 'file', {}, false);
  }

  #isLost(address: string): boolean {
    return this.#budget.harmed.has(address.split(':')[0] ?? '');
  }

  /** Clients leave a server alone for a while after it failed them. */
  async #trustServers(worker: Worker): Promise<void> {
    await this.#serversUp(worker);
    await worker.rest(STRAGGLERS_MS);
  }

  async #serversUp(worker: Worker): Promise<void> {
    const giveUpMs = this.#world.nowMs + TRUST_MS_MAX;
    for (;;) {
      const { servers } = await worker.client.clusterMap();
      // What is gone for good, or was there under another number before its disk was lost, is not waited for.
      const away = servers.filter(({ state, address }) => state !== 'up' && !this.#isLost(address));
      if (away.length === 0) break;
      if (this.#world.nowMs > giveUpMs) {
        throw new OracleViolation(`after ${TRUST_MS_MAX} ms, ${away.map(({ address }) => address)} are not up`);
      }
      await worker.rest(TRUST_POLL_MS);
    }
  }
}
