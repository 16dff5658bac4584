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
import type { FaultPlan } from './plan.js';
import { StartCrashes } from './start-crashes.js';
import { stops } from './stops.js';
import { BadWeather } from './weather.js';

/** All the trouble of a run. */
export class Nemesis {
  readonly counts = new Map<string, number>();
  /** Called when a fault happens. */
  onTally: (kind: string) => void = () => {};
  readonly #world: SimulatedWorld;
  readonly #sources: readonly FaultSource[];
  readonly #answerCrashes: AnswerCrashes;

  constructor(world: SimulatedWorld, cluster: SimulatedCluster, plan: FaultPlan, clients: readonly Worker[]) {
    this.#world = world;
    const tally = (kind: string) => {
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      this.onTally(kind);
    };
    const stage = (name: string): FaultStage => ({
      world,
      cluster,
      draw: new Draw(world.random.fork(`faults: ${name}`)),
      tally,
    });
    this.#answerCrashes = new AnswerCrashes(stage('answers'), plan);
    this.#sources = [
      new CallCrashes(stage('calls'), plan),
      new StartCrashes(stage('starts'), plan),
      this.#answerCrashes,
      outages(stage('outages'), plan),
      stops(stage('stops'), plan),
      new Partitions(stage('partitions'), plan, clients),
      bitRot(stage('bit rot'), plan),
      new DiskErrors(stage('disk errors'), plan),
      clientDeaths(stage('clients'), plan, clients),
      clockJumps(stage('clocks'), plan),
      new BadWeather(stage('weather'), plan),
    ];
  }

  start(): void {
    this.#world.faults = (call) => this.#strike(call);
    for (const source of this.#sources) source.start();
  }

  stop(): void {
    this.#world.faults = undefined;
    for (const source of this.#sources) source.stop();
  }

  /** A client was told that a mutation is done. */
  answered(mutation: Mutation): void {
    this.#answerCrashes.answered(mutation);
  }

  /** A client was told something that others may be changing. */
  seen(): void {
    this.#answerCrashes.seen();
  }

  #strike(call: EnvCall): Fault | undefined {
    for (const source of this.#sources) {
      const fault = source.strike?.(call);
      if (fault) return fault;
    }
    return undefined;
  }
}
