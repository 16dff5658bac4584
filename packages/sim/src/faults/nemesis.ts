import type { EnvCall, Fault, SimulatedWorld } from '@tessera/env/simulated';
import type { ErrorCode } from '@tessera/protocol';
import type { SimulatedCluster } from '../cluster/cluster.js';
import { Draw } from '../draw.js';
import type { Mutation } from '../model/mutation.js';
import type { Worker } from '../workload/worker.js';
import { AnswerCrashes } from './answer-crashes.js';
import { CallCrashes } from './call-crashes.js';
import { clientDeaths } from './client-deaths.js';
import { clockJumps } from './clock-jumps.js';
import { DiskErrors } from './disk-errors.js';
import type { FaultBudget } from './fault-budget.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import { FullDisks } from './full-disks.js';
import { HungDisks } from './hung-disks.js';
import { lostDisks } from './lost-disks.js';
import { MisdirectedWrites } from './misdirected-writes.js';
import { outages } from './outages.js';
import { Partitions } from './partitions.js';
import { Pauses } from './pauses.js';
import { FAULT_KINDS, type FaultKind, type FaultPlan } from './plan.js';
import { ReadErrors } from './read-errors.js';
import { RestartLoops } from './restart-loops.js';
import { rolledBackDisks } from './rolled-back-disks.js';
import { rot } from './rot.js';
import { SlowDisks } from './slow-disks.js';
import { SlowLinks } from './slow-links.js';
import { StartCrashes } from './start-crashes.js';
import { stops } from './stops.js';
import { viewRot } from './view-rot.js';
import { BadWeather } from './weather.js';

/** Codes that only these kinds of trouble explain. */
const EXPLAINS: Partial<Record<ErrorCode, readonly FaultKind[]>> = {
  DISK_FULL: ['fullDisks'],
  DISK_FAILED: ['diskErrors', 'readErrors', 'fullDisks'],
};

/** All the trouble of a run. */
export class Nemesis {
  /** Faults that happened: what, and how often. */
  readonly counts = new Map<string, number>();
  /** The same by kind. */
  readonly kinds = new Map<FaultKind, number>();
  /** Called when a fault happens. */
  onTally: (what: string) => void = () => {};
  /** Called with the name of each occurrence of a source that begins. */
  onBegin: (occurrence: string) => void = () => {};
  readonly #world: SimulatedWorld;
  readonly #cluster: SimulatedCluster;
  readonly #budget: FaultBudget;
  readonly #sources: Readonly<Record<FaultKind, FaultSource>>;
  readonly #answerCrashes: AnswerCrashes;
  /** What calls are asked of now: those at work that strike calls. */
  #striking: FaultSource[] = [];
  #begun: readonly FaultKind[] = [];

  constructor(
    world: SimulatedWorld,
    cluster: SimulatedCluster,
    plan: FaultPlan,
    clients: readonly Worker[],
    budget: FaultBudget,
  ) {
    this.#world = world;
    cluster.onGiveUp((daemon, thrown) => budget.verdictOn(daemon.host.name, thrown));
    this.#cluster = cluster;
    this.#budget = budget;
    const without = new Set(plan.without);
    const stage = (kind: FaultKind): FaultStage => {
      let occurrences = 0;
      return {
        world,
        cluster,
        budget,
        draw: new Draw(world.random.fork(`faults: ${kind}`)),
        begins: () => {
          const occurrence = `${kind} ${++occurrences}`;
          if (without.has(occurrence)) return false;
          this.onBegin(occurrence);
          return true;
        },
        tally: (what) => {
          this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
          this.tally(what);
        },
      };
    };
    this.#answerCrashes = new AnswerCrashes(stage('answerCrashes'), plan);
    this.#sources = {
      callCrashes: new CallCrashes(stage('callCrashes'), plan),
      startCrashes: new StartCrashes(stage('startCrashes'), plan),
      answerCrashes: this.#answerCrashes,
      outages: outages(stage('outages'), plan),
      stops: stops(stage('stops'), plan),
      partitions: new Partitions(stage('partitions'), plan, clients),
      rot: rot(stage('rot'), plan),
      viewRot: viewRot(stage('viewRot'), plan),
      misdirectedWrites: new MisdirectedWrites(stage('misdirectedWrites'), plan),
      rolledBackDisks: rolledBackDisks(stage('rolledBackDisks'), plan),
      lostDisks: lostDisks(stage('lostDisks'), plan),
      diskErrors: new DiskErrors(stage('diskErrors'), plan),
      readErrors: new ReadErrors(stage('readErrors'), plan),
      fullDisks: new FullDisks(stage('fullDisks'), plan),
      slowDisks: new SlowDisks(stage('slowDisks'), plan),
      hungDisks: new HungDisks(stage('hungDisks'), plan),
      slowLinks: new SlowLinks(stage('slowLinks'), plan, clients),
      pauses: new Pauses(stage('pauses'), plan, clients),
      restartLoops: new RestartLoops(stage('restartLoops'), plan),
      clientDeaths: clientDeaths(stage('clientDeaths'), plan, clients),
      clockJumps: clockJumps(stage('clockJumps'), plan),
      weather: new BadWeather(stage('weather'), plan),
    };
  }

  /** These kinds of trouble begin, anew where they had begun before; the others stop. */
  begin(kinds: readonly FaultKind[]): void {
    const wanted = FAULT_KINDS.filter((kind) => kinds.includes(kind));
    for (const kind of this.#begun) if (!wanted.includes(kind)) this.#sources[kind].stop();
    for (const kind of wanted) this.#sources[kind].start();
    this.#begun = wanted;
    this.#striking = wanted.map((kind) => this.#sources[kind]).filter(({ strike }) => strike !== undefined);
    this.#world.faults = this.#striking.length > 0 ? (call) => this.#strike(call) : undefined;
  }

  stop(): void {
    this.begin([]);
    // Whoever runs the cluster restarts what a damaged disk has stopped.
    for (const daemon of this.#cluster.lacking) if (this.#budget.harmed.has(daemon.host.name)) daemon.crash('kill');
  }

  /** Notes that a fault has happened: what, for people. */
  tally(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    this.onTally(what);
  }

  /** Whether an operation may end so, after what has happened by now. */
  explains(code: ErrorCode): boolean {
    return EXPLAINS[code]?.some((kind) => this.kinds.has(kind)) ?? true;
  }

  /** A client was told that a mutation is done. */
  answered(mutation: Mutation): void {
    this.#answerCrashes.answered(mutation);
  }

  /** A client was told something that others may be changing: `authors` wait for their answers. */
  seen(authors: readonly Worker[]): void {
    this.#answerCrashes.seen(authors);
  }

  #strike(call: EnvCall): Fault | undefined {
    for (const source of this.#striking) {
      const fault = source.strike?.(call);
      if (fault) return fault;
    }
    return undefined;
  }
}
