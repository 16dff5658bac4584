import type { Log } from '@tessera/env';
import { SimulatedWorld } from '@tessera/env/simulated';
import { SimulatedCluster } from './cluster/cluster.js';
import { Draw } from './draw.js';
import { FaultBudget } from './faults/fault-budget.js';
import { Nemesis } from './faults/nemesis.js';
import { kindsOf } from './faults/plan.js';
import { OracleViolation } from './oracle/violation.js';
import { planOfSeed, type SimulationPlan } from './plan.js';
import { type SimulationReport, violationOf } from './report.js';
import { type Done, type SchedulePlan, shortfallOf } from './schedule.js';
import { Aftermath } from './verify/aftermath.js';
import { MetaserverDamage } from './verify/metaserver-damage.js';
import { Workload } from './workload/workload.js';

/** Under faults everything takes longer, but not for ever. */
const WORKLOAD_MS_MAX = 3_600_000;
/** Once faults have stopped, everything is whole again within this. */
const SETTLE_MS_MAX = 120_000;
const VERIFY_MS_MAX = 600_000;
const POLL_MS = 50;
/** Between shifts, when there is no other reason to wait. */
const REST_MS = 1_000;
/** A run that falls short of its promise after so many more shifts says so. */
const MORE_SHIFTS_MAX = 8;
/** What the journal has got is known to all chunkservers after this. */
const WITNESSED_MS = 5_000;

export interface SimulationOptions {
  /** Where each daemon logs; default nowhere. */
  logOf?: (daemon: string, nowMs: () => number) => Log;
  /** Virtual minutes of the schedule; default the standard one. */
  minutes?: number;
  /** Instead of what the seed plans. */
  plan?: SimulationPlan;
  /** Told of every occurrence of trouble that begins, by name. */
  onBegin?: (occurrence: string) => void;
  /** Told of every fault and how every operation ended, at virtual time: what people can follow. */
  note?: (line: string) => void;
  /** Told of every event of the simulated world. */
  watch?: (line: string) => void;
}

/** Runs one whole cluster from one seed. It never rejects for what it finds: that is in the report. */
export async function simulate(seed: string, options: SimulationOptions = {}): Promise<SimulationReport> {
  const world = new SimulatedWorld({ seed, timerLatenessMsMax: 1 });
  if (options.watch) world.trace.watch(options.watch);
  const plan = options.plan ?? planOfSeed(seed, options.minutes);
  const run = new Simulation(world, plan, options.logOf && ((name) => options.logOf?.(name, () => world.nowMs) as Log));
  const { note, onBegin } = options;
  if (onBegin) run.onBegin(onBegin);
  if (note) run.onNote((what) => note(`${world.nowMs.toFixed(1).padStart(10)} ${what}`));
  let violation: unknown;
  try {
    await run.go();
  } catch (thrown) {
    violation = thrown;
  }
  return {
    seed,
    plan,
    traceHash: world.trace.digest(),
    virtualMs: world.nowMs,
    calls: world.calls,
    ...run.figures(),
    violation: violation === undefined ? undefined : violationOf(violation),
  };
}

/** The phases of a run: the cluster comes up, clients work under faults, faults stop, everything is looked at. */
class Simulation {
  readonly #world: SimulatedWorld;
  readonly #plan: SimulationPlan;
  readonly #cluster: SimulatedCluster;
  readonly #nemesis: Nemesis;
  readonly #workload: Workload;
  readonly #aftermath: Aftermath;
  #shortfall: string | undefined;
  readonly #damage: MetaserverDamage;

  constructor(world: SimulatedWorld, plan: SimulationPlan, logOf: ((daemon: string) => Log) | undefined) {
    this.#world = world;
    this.#plan = plan;
    const { restartMsMax } = plan.faults;
    this.#cluster = new SimulatedCluster(world, { plan: plan.cluster, restartMsMax, logOf });
    const budget = new FaultBudget(plan.faults.budget, (host) => this.#cluster.isRegistered(host));
    this.#workload = new Workload(world, this.#cluster, plan, budget);
    this.#nemesis = new Nemesis(world, this.#cluster, plan.faults, this.#workload.clients, budget);
    this.#workload.books.onAnswered = (mutation) => this.#nemesis.answered(mutation);
    this.#workload.books.isExplained = (code) => this.#nemesis.explains(code);
    this.#workload.books.onSeen = (authors) => this.#nemesis.seen(authors);
    const draw = new Draw(world.random.fork('metaserver damage'));
    const tally = (kind: string) => this.#nemesis.tally(kind);
    this.#damage = new MetaserverDamage({ cluster: this.#cluster, draw, budget, tally });
    this.#aftermath = new Aftermath(world, this.#cluster, plan, this.#workload, budget);
  }

  onNote(note: (what: string) => void): void {
    this.#nemesis.onTally = (kind) => note(`FAULT ${kind}`);
    this.#workload.books.onNote = note;
    this.#cluster.onLaunch(({ name }) => note(`${name} starts`));
    this.#cluster.onDeath(({ name }, kind) => note(`${name} is gone (${kind})`));
  }

  onBegin(begin: (occurrence: string) => void): void {
    this.#nemesis.onBegin = begin;
  }

  async go(): Promise<void> {
    const { schedule, faults } = this.#plan;
    const { stopAtEnd } = faults;
    if (faults.fromStart) this.#nemesis.begin(schedule.shifts[0]?.faults ?? []);
    this.#cluster.start();
    await this.#drive(() => 'the cluster to come up', this.#workload.prepare(), this.#workMsMax);
    await this.#work(schedule);

    this.#nemesis.stop();
    await this.#whole();
    this.#damage.remember();
    await this.#drive(() => 'the clients to go on', this.#aftermath.clientsGoOn(), VERIFY_MS_MAX);
    await this.#drive(() => 'the clients to close', this.#workload.close(), VERIFY_MS_MAX);
    await this.#until(
      () => `the daemons to come to rest: ${this.#cluster.leftovers.join('; ')}`,
      () => this.#cluster.leftovers.length === 0,
    );
    await this.#drive(() => 'the first look at everything', this.#aftermath.look(), VERIFY_MS_MAX);
    if (stopAtEnd) {
      for (const daemon of this.#cluster.daemons) daemon.stop();
      await this.#until(
        () => 'a daemon to stop',
        () => this.#cluster.downCount > 0,
      );
      await this.#whole();
    }
    // A last power loss of everything at once: what was acknowledged depends on nobody's memory.
    this.#cluster.losePowerEverywhere();
    await this.#whole();
    await this.#drive(() => 'the last look at everything', this.#aftermath.look(), VERIFY_MS_MAX);
    await this.#drive(() => 'the disks to be counted', this.#aftermath.countDisks(), VERIFY_MS_MAX);
    await this.#damageMetaserver();
    this.#cluster.stop();
  }

  /** Who stands still holds the others up. */
  get #workMsMax(): number {
    const { pauses, pauseMsMax } = this.#plan.faults;
    return WORKLOAD_MS_MAX + pauses.times * pauseMsMax;
  }

  /** All shifts, as many more as the promise takes, and rest until the time is over. */
  async #work({ minutes, shifts, promise }: SchedulePlan): Promise<void> {
    const fromMs = this.#world.nowMs;
    const work = async () => {
      await this.#drive(() => 'the work to end', this.#workload.run(), this.#workMsMax);
      this.#shortfall = shortfallOf(promise, this.#done());
    };
    for (const [index, { atMs, faults }] of shifts.entries()) {
      await this.#rest(fromMs + atMs - this.#world.nowMs);
      if (index > 0 || !this.#plan.faults.fromStart) this.#nemesis.begin(faults);
      await work();
    }
    for (let more = 0; more < MORE_SHIFTS_MAX && this.#shortfall !== undefined; more++) {
      await this.#rest(REST_MS);
      this.#nemesis.begin(kindsOf(this.#plan.faults));
      await work();
    }
    await this.#rest(fromMs + minutes * 60_000 - this.#world.nowMs);
  }

  #done(): Done {
    const { kinds } = this.#nemesis;
    return {
      operations: sumOf(this.#workload.books.counts),
      faults: sumOf(kinds),
      kinds: kinds.size,
    };
  }

  async #rest(ms: number): Promise<void> {
    if (ms <= 0) return;
    const over = new Promise<void>((resolve) => {
      this.#world.scheduler.schedule(ms, resolve);
    });
    await this.#drive(() => 'the next shift', over, ms + REST_MS);
  }

  figures() {
    const { files, shards, torn } = this.#aftermath;
    const faults = Object.fromEntries([...this.#nemesis.counts].sort());
    const { crashes } = this.#cluster;
    return {
      operations: Object.fromEntries([...this.#workload.books.counts].sort()),
      faults,
      kinds: Object.fromEntries([...this.#nemesis.kinds].sort()),
      shortfall: this.#shortfall,
      crashes,
      files,
      shards,
      torn,
      undecided: this.#workload.undecided,
    };
  }

  /** What the metaserver finds on its disk it must judge by itself: last, since it may end in a refusal each time. */
  async #damageMetaserver(): Promise<void> {
    const rounds = this.#plan.faults.metaserverDamages;
    for (let round = 1; round <= rounds; round++) {
      // Chunkservers hear of the journal's end with their heartbeats.
      await this.#world.run({ untilMs: this.#world.nowMs + WITNESSED_MS });
      this.#damage.takeDown();
      await this.#until(
        () => 'the metaserver to end',
        () => this.#damage.isDown,
      );
      this.#damage.strike(round === rounds);
      await this.#until(
        () => this.#damage.describe(),
        () => this.#damage.isDecided,
      );
      this.#damage.heal();
      await this.#whole();
      await this.#drive(() => 'a look after damage', this.#aftermath.look(), VERIFY_MS_MAX);
    }
  }

  #whole(): Promise<void> {
    const lacking = () => this.#cluster.lacking.map(({ name }) => name);
    return this.#until(
      () => `the cluster to be whole: ${lacking().join(', ')} are not ready`,
      () => lacking().length === 0,
    );
  }

  #until(what: () => string, condition: () => boolean): Promise<void> {
    const met = new Promise<void>((resolve) => {
      const look = () => {
        if (condition()) resolve();
        else this.#world.scheduler.schedule(POLL_MS, look);
      };
      look();
    });
    return this.#drive(what, met, SETTLE_MS_MAX);
  }

  async #drive(what: () => string, promise: Promise<void>, limitMs: number): Promise<void> {
    const { scheduler } = this.#world;
    const late = new Promise<never>((_, reject) => {
      scheduler.schedule(limitMs, () => reject(new OracleViolation(`waited ${limitMs} ms for ${what()}, in vain`)));
    });
    await this.#world.drive(Promise.race([promise, this.#cluster.failed, late]), 2 * limitMs);
  }
}

function sumOf(counts: ReadonlyMap<unknown, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
