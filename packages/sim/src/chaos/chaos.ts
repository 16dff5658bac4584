import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, connect } from '@tessera/client';
import { SimulatedRandom } from '@tessera/env/simulated';
import { Draw } from '../draw.js';
import { ClusterFacts } from '../oracle/cluster-facts.js';
import { DurabilityLedger } from '../oracle/durability.js';
import { OracleViolation } from '../oracle/violation.js';
import { violationOf } from '../report.js';
import { Books } from '../workload/books.js';
import { Worker } from '../workload/worker.js';
import { RealAftermath } from './aftermath.js';
import { RealClientHost } from './client/client-host.js';
import { RealCluster } from './cluster/cluster.js';
import type { Cast } from './faults.js';
import { RealNemesis } from './nemesis.js';
import { Patience } from './patience.js';
import { planRound } from './plan.js';
import type { ChaosReport } from './report.js';
import { Work } from './work.js';

/** Under faults it may take long until clients are connected and directories made. */
const PREPARE_MS_MAX = 120_000;
/** Once faults have stopped, what is under way ends, and everything serves again, within this. */
const SETTLE_MS_MAX = 120_000;
const VERIFY_MS_MAX = 600_000;
/** For what no fault may hold up: opening ports, launching and killing processes, one call of a client. */
const STEP_MS_MAX = 60_000;
/** What is still under way from clients that have ended has arrived after this. */
const STRAGGLERS_MS = 2_000;
const POLL_MS = 100;

export interface ChaosOptions {
  /** Any text. */
  seed: string;
  /** No further round begins after so long. */
  forMs: number;
  /** So long things go wrong in each round. */
  faultsMs: number;
  chunkservers: number;
  /** Client processes. */
  clients: number;
  smallDiskBytes: number;
  /** Aborted, the run ends at once. */
  signal?: AbortSignal;
  /** Told of what happens, for people. */
  note?: (line: string) => void;
}

/**
 * Real daemons and real clients, every connection through a proxy that does harm: rounds of work under faults, each looked
 * at once its faults have stopped; in the end everything is killed at once and all rounds are read again. It never
 * rejects for what it finds: that is in the report. The seed decides what is tried, not how it goes.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const run = new Chaos(options);
  const fromMs = performance.now();
  let violation: unknown;
  try {
    await run.go();
  } catch (thrown) {
    violation = thrown;
  }
  if (violation !== undefined) options.note?.(run.logTails());
  try {
    // Whatever has gone wrong before ends this waiting no sooner.
    await new Patience().until('all processes to end', run.end(), STEP_MS_MAX);
  } catch (thrown) {
    if (violation === undefined) options.note?.(run.logTails());
    violation ??= thrown;
  }
  if (violation === undefined) rmSync(run.directory, { recursive: true });
  return {
    seed: options.seed,
    seconds: (performance.now() - fromMs) / 1000,
    ...run.figures(),
    violation: violation === undefined ? undefined : violationOf(violation),
    directory: violation === undefined ? undefined : run.directory,
  };
}

class Chaos {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'tessera-chaos-'));
  readonly #options: ChaosOptions;
  readonly #random: SimulatedRandom;
  readonly #books: Books;
  readonly #aftermath: RealAftermath;
  readonly #faults = new Map<string, number>();
  readonly #hosts: RealClientHost[] = [];
  #cluster: RealCluster | undefined;
  #rounds = 0;
  #daemonStarts = 0;
  #fullDisks = 0;
  #bytesReadBack = 0;
  /** Ends with what no fault explains. */
  readonly #patience = new Patience();

  constructor(options: ChaosOptions) {
    this.#options = options;
    this.#random = new SimulatedRandom(options.seed);
    this.#books = new Books({
      nowMs: () => performance.now(),
      durability: new DurabilityLedger([], new Set()),
      facts: new ClusterFacts(options.chunkservers),
    });
    this.#aftermath = new RealAftermath(this.#books);
    options.signal?.addEventListener('abort', () => this.#fail(new OracleViolation('the run was interrupted')));
  }

  async go(): Promise<void> {
    const { chunkservers, smallDiskBytes, forMs } = this.#options;
    const overMs = performance.now() + forMs;
    const cluster = new RealCluster({
      directory: this.directory,
      chunkservers,
      smallDisks: 1,
      smallDiskBytes,
      drawOf: (name) => this.#drawOf(name),
      onFlip: () => this.#tally('flipped bit'),
      onStart: () => {
        this.#daemonStarts++;
      },
      onViolation: (violation) => this.#fail(violation),
    });
    this.#cluster = cluster;
    await this.#until('the daemons to be launched', cluster.start(), STEP_MS_MAX);
    await this.#until('the cluster to come up', this.#whole(cluster), SETTLE_MS_MAX);
    do await this.#round(cluster);
    while (performance.now() < overMs);
    // What was acknowledged depends on nobody's memory.
    for (const daemon of cluster.daemons) daemon.kill(0);
    this.#tally('kill of everything in the end');
    await this.#look(cluster, 'everything');
  }

  figures() {
    const sorted = (counts: ReadonlyMap<string, number>) => Object.fromEntries([...counts].sort());
    return {
      rounds: this.#rounds,
      operations: sorted(this.#books.counts),
      faults: sorted(this.#faults),
      daemonStarts: this.#daemonStarts,
      fullDisks: this.#fullDisks,
      files: this.#aftermath.files,
      bytesComparedUnderFaults: this.#hosts.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
      bytesReadBack: this.#bytesReadBack,
      undecided: this.#aftermath.undecided,
    };
  }

  logTails(): string {
    return this.#cluster?.logTails() ?? '';
  }

  async end(): Promise<void> {
    for (const host of this.#hosts) host.end();
    await this.#cluster?.end();
  }

  async #round(cluster: RealCluster): Promise<void> {
    const { clients, chunkservers, faultsMs, note } = this.#options;
    const name = `round ${++this.#rounds}`;
    const opening = Array.from({ length: clients }, (_, index) => this.#clientHost(cluster, index));
    const hosts = await this.#until('the clients to have their routes', Promise.all(opening), STEP_MS_MAX);
    const cast: Cast = {
      daemons: cluster.daemons.map((daemon) => daemon.name),
      clients: hosts.map((host) => host.name),
      metadataRoutes: routesOf(cluster.metadataRoutes),
      dataRoutes: routesOf(cluster.dataRoutes),
    };
    const plan = planRound(this.#drawOf(`${name}, plan`), cast, chunkservers - 1, faultsMs);
    note?.(`${name}: ${plan.faults.length} faults, ${JSON.stringify(plan.workload)}`);
    const workers = hosts.map((host) => new Worker(host));
    const work = new Work(`/${name.replace(' ', '-')}`, workers, this.#books, plan.workload, (what) =>
      this.#drawOf(`${name}, ${what}`),
    );
    await this.#until('the directories to be made', work.prepare(), PREPARE_MS_MAX);
    const nemesis = new RealNemesis(cluster, hosts, (kind) => this.#tally(kind));
    nemesis.start(plan.faults);
    const working = work.run();
    // It is looked at below; a violation ends the round at once.
    working.catch(() => {});
    await this.#until('the time of faults', Promise.race([sleep(faultsMs), working]), 2 * faultsMs);
    nemesis.stop();
    work.end();
    await this.#until('the clients to end their operations', working, SETTLE_MS_MAX);
    await this.#until('the cluster to be whole', this.#whole(cluster), SETTLE_MS_MAX);
    await this.#until('the clients to go on', this.#aftermath.clientsGoOn(work), VERIFY_MS_MAX);
    await this.#until('the clients to close', Promise.all(workers.map((worker) => worker.close())), SETTLE_MS_MAX);
    for (const host of hosts) host.end();
    await sleep(STRAGGLERS_MS);
    await this.#look(cluster, work);
    note?.(`${name}: all there, ${this.#aftermath.files} files`);
  }

  /** Another client, spared the proxy on its way to the metaserver, reads what is there. */
  async #look(cluster: RealCluster, work: Work | 'everything'): Promise<void> {
    const draw = this.#drawOf(`look ${this.#rounds} ${work === 'everything'}`);
    await this.#until('the cluster to be whole', this.#whole(cluster), SETTLE_MS_MAX);
    await this.#withClient(cluster, 'verifier', async (client) => {
      const verifier = new Worker({
        name: 'verifier',
        start: () => ({ alive: true, env: undefined, connect: async () => client, onCrash: () => {}, crash: () => {} }),
        rest: (ms) => sleep(ms),
      });
      await this.#until('the verifier to be ready', verifier.connect(), STEP_MS_MAX);
      await this.#until('the look at all that is there', this.#aftermath.look(verifier, work, draw), VERIFY_MS_MAX);
      this.#bytesReadBack += client.counters().bytesRead;
      const { servers } = await this.#until('the status of the cluster', client.clusterStatus(), STEP_MS_MAX);
      this.#fullDisks = servers.filter(({ diskState }) => diskState === 'full').length;
    });
  }

  /** Connects a client that is spared the proxy, for as long as it is needed. */
  async #withClient(cluster: RealCluster, name: string, act: (client: Client) => Promise<void>): Promise<void> {
    const connecting = connect({ metaserver: cluster.metaserver, name });
    const client = await this.#until(`the ${name} to connect`, connecting, STEP_MS_MAX);
    try {
      await act(client);
    } catch (thrown) {
      // What is wrong is known: how this ends is of no interest any more.
      client.close().catch(() => {});
      throw thrown;
    }
    await this.#until(`the ${name} to close`, client.close(), STEP_MS_MAX);
  }

  /** Resolves once every daemon is ready and every chunkserver known to be there. */
  async #whole(cluster: RealCluster): Promise<void> {
    await cluster.whole();
    if (cluster.isEnded) return;
    const client = await connect({ metaserver: cluster.metaserver, name: 'watcher' });
    try {
      while (!cluster.isEnded) {
        const { servers } = await client.clusterMap();
        const up = servers.filter(({ state }) => state === 'up');
        if (up.length === this.#options.chunkservers && cluster.lacking.length === 0) return;
        await sleep(POLL_MS);
      }
    } finally {
      await client.close();
    }
  }

  /** A host of the same name takes the place of that of the round before, with its way to the metaserver. */
  async #clientHost(cluster: RealCluster, index: number): Promise<RealClientHost> {
    const name = `client-${index + 1}`;
    const route = cluster.metadataRoutes.get(name) ?? (await cluster.openMetadataRoute(name));
    const host = new RealClientHost(name, route.address, (how) => this.#fail(new OracleViolation(how)));
    this.#hosts.push(host);
    return host;
  }

  #tally(kind: string): void {
    this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
  }

  #drawOf(name: string): Draw {
    return new Draw(this.#random.fork(name));
  }

  #fail(violation: OracleViolation): void {
    this.#patience.fail(violation);
  }

  #until<T>(what: string, promise: Promise<T>, limitMs: number): Promise<T> {
    return this.#patience.until(what, promise, limitMs);
  }
}

function routesOf(routes: ReadonlyMap<string, { readonly name: string }>): string[] {
  return [...routes.values()].map(({ name }) => name);
}
