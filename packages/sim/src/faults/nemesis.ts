import type { EnvCall, Fault, SimulatedWorld } from '@tessera/env/simulated';
import type { SimulatedCluster } from '../cluster/cluster.js';
import { Draw } from '../draw.js';
import type { Mutation } from '../model/mutation.js';
import type { Worker } from '../workload/worker.js';
import { AnswerCrashes } from './answer-crashes.js';
import { bitRot } from './bit-rot.js';
import { CallCrashes } from './call-crashes.js';
import { clientDeaths } from './client-deaths.js';
import { clockJumps } from './clock-jumps.js';
import { DiskErrors } from './disk-errors.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import { outages } from './outages.js';
import { Partitions } from './partitions.js';
import { FAULT_KINDS, type FaultKind, type FaultPlan } from './plan.js';
import { StartCrashes } from './start-crashes.js';
import { stops } from './stops.js';
import { BadWeather } from './weather.js';

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
  readonly #sources: Readonly<Record<FaultKind, FaultSource>>;
  readonly #answerCrashes: AnswerCrashes;
  /** What calls are asked of now: those at work that strike calls. */
  #striking: FaultSource[] = [];
  #begun: readonly FaultKind[] = [];

  constructor(world: SimulatedWorld, cluster: SimulatedCluster, plan: FaultPlan, clients: readonly Worker[]) {
    this.#world = world;
    const without = new Set(plan.without);
    const stage = (kind: FaultKind): FaultStage => {
      let occurrences = 0;
      return {
        world,
        cluster,
        draw: new Draw(world.random.fork(`faults: ${kind}`)),
        begins: () => {
          const occurrence = `${kind} ${++occurrences}`;
          if (without.has(occurrence)) return false;
          this.onBegin(occurrence);
          return true;
        },
        tally: (what) => {
          this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
          this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
          this.onTally(what);
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
      bitRot: bitRot(stage('bitRot'), plan),
      diskErrors: new DiskErrors(stage('diskErrors'), plan),
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
