import { type Client, connect } from '@tessera/client';
import type { Log } from '@tessera/env';
import { NETWORK_DEFAULTS, SimulatedWorld } from '@tessera/env/simulated';
import { TesseraError } from '@tessera/protocol';
import { SimulatedCluster } from './cluster.js';
import { CrashSchedule } from './crash-schedule.js';
import { Lane } from './lane.js';
import { OracleViolation, PathOracle } from './oracle.js';
import { planSimulation, type SimulationPlan } from './plan.js';

/** Faults stop at last; from then on everything must work within this much virtual time. */
const SETTLE_MS_MAX = 120_000;
const WORKLOAD_MS_MAX = 3_600_000;

export interface SimulationReport {
  seed: string;
  plan: SimulationPlan;
  traceHash: string;
  virtualMs: number;
  operations: number;
  acknowledged: number;
  excused: Record<string, number>;
  crashes: number;
  crashesByKind: Record<string, number>;
  restarts: number;
  files: number;
  /** What an oracle found; undefined when the run passed. */
  violation: Error | undefined;
}

/** Runs one whole cluster from one seed. It never rejects for what it finds: that is in the report. */
export async function simulate(
  seed: string,
  options: { log?: Log; watch?: (line: string) => void } = {},
): Promise<SimulationReport> {
  const world = new SimulatedWorld({ seed, timerLatenessMsMax: 1 });
  if (options.watch) world.trace.watch(options.watch);
  const plan = planSimulation(world.random.fork('plan'));
  const run = new Simulation(world, plan, options.log);
  let violation: Error | undefined;
  try {
    await run.go();
  } catch (thrown) {
    violation = thrown instanceof Error ? thrown : new Error(String(thrown));
  }
  return { seed, plan, ...run.figures(), virtualMs: world.nowMs, traceHash: world.trace.digest(), violation };
}

class Simulation {
  readonly #world: SimulatedWorld;
  readonly #plan: SimulationPlan;
  readonly #cluster: SimulatedCluster;
  readonly #crashes: CrashSchedule;
  readonly #oracle = new PathOracle();
  readonly #lanes: Lane[] = [];

  constructor(world: SimulatedWorld, plan: SimulationPlan, log: Log | undefined) {
    this.#world = world;
    this.#plan = plan;
    this.#cluster = new SimulatedCluster(world, { ...plan, ...(log && { log }) });
    this.#crashes = new CrashSchedule(world.random.fork('crashes'), plan, this.#cluster);
  }

  async go(): Promise<void> {
    const world = this.#world;
    this.#cluster.start();
    const client = await this.#drive(this.#prepare());
    Object.assign(world.fabric.settings, this.#plan.network);
    world.faults = this.#crashes.strike;
    await this.#drive(this.#work(client), WORKLOAD_MS_MAX);
    this.#crashes.stop();
    world.faults = undefined;
    Object.assign(world.fabric.settings, NETWORK_DEFAULTS);
    // A last power loss of everything at once: what was acknowledged must not depend on anyone's memory.
    this.#cluster.crashAll();
    await this.#drive(this.#verify(), SETTLE_MS_MAX);
    this.#cluster.stop();
  }

  figures() {
    const excused: Record<string, number> = {};
    for (const lane of this.#lanes) {
      for (const [code, count] of Object.entries(lane.counts.excused)) excused[code] = (excused[code] ?? 0) + count;
    }
    const crashesByKind = Object.fromEntries(this.#crashes.crashesByKind);
    return {
      operations: this.#lanes.reduce((sum, lane) => sum + lane.counts.operations, 0),
      acknowledged: this.#lanes.reduce((sum, lane) => sum + lane.counts.acknowledged, 0),
      excused,
      crashes: Object.values(crashesByKind).reduce((sum, count) => sum + count, 0),
      crashesByKind,
      restarts: this.#cluster.restarts,
      files: this.#oracle.certainFiles().length,
    };
  }

  async #prepare(): Promise<Client> {
    const process = this.#world.host('client').start('client');
    const client = await connect({ metaserver: this.#cluster.metaserver, env: process, name: 'sim' });
    while ((await client.clusterMap()).servers.length < this.#plan.chunkservers) {
      await new Promise<void>((resolve) => process.clock.schedule(50, resolve));
    }
    for (const [index, redundancy] of this.#plan.redundancies.entries()) {
      await client.mkdir(`/d${index}`, { layout: { redundancy, segmentBytes: this.#plan.segmentBytes } });
    }
    for (let index = 0; index < this.#plan.lanes; index++) {
      const directory = `/d${index % this.#plan.redundancies.length}/lane-${index}`;
      await client.mkdir(directory);
      this.#lanes.push(
        new Lane({
          client,
          clock: process.clock,
          random: this.#world.random.fork(`lane ${index}`),
          oracle: this.#oracle,
          plan: this.#plan,
          directory,
        }),
      );
    }
    return client;
  }

  async #work(client: Client): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.run()));
    await client.close().catch(() => {});
  }

  /** A new client, after everything stopped and came back, must find each acknowledged byte and nothing else. */
  async #verify(): Promise<void> {
    const process = this.#world.host('verifier').start('verifier');
    const client = await connect({
      metaserver: this.#cluster.metaserver,
      env: process,
      name: 'verifier',
      deadlineMs: 60_000,
    });
    for (const path of this.#oracle.paths()) {
      let content: Uint8Array | undefined;
      try {
        content = await client.getFile(path);
      } catch (thrown) {
        const error = TesseraError.from(thrown);
        if (error.code !== 'NOT_FOUND') {
          throw new OracleViolation(`${path} cannot be read though faults have stopped: ${error.message}`, {
            cause: error,
          });
        }
      }
      if (content === undefined) this.#oracle.checkAbsent(path);
      else this.#oracle.checkContent(path, content);
    }
    await this.#checkListings(client);
    await client.close();
  }

  async #checkListings(client: Client): Promise<void> {
    for (let index = 0; index < this.#plan.redundancies.length; index++) {
      for await (const lane of client.list(`/d${index}`)) {
        for await (const entry of client.list(`/d${index}/${lane.text}`)) {
          const path = `/d${index}/${lane.text}/${entry.text}`;
          if (this.#oracle.certain(path) === 'absent')
            throw new OracleViolation(`${path} is listed and must be absent`);
        }
      }
    }
  }

  async #drive<T>(promise: Promise<T>, limitMs?: number): Promise<T> {
    const failed = new Promise<never>((_, reject) => {
      const look = () => {
        if (this.#cluster.failure) reject(this.#cluster.failure);
        else this.#world.scheduler.schedule(100, look);
      };
      look();
    });
    return this.#world.drive(Promise.race([promise, failed]), limitMs);
  }
}
