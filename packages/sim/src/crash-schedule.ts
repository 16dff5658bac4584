import { randomBelow, randomUnit } from '@tessera/env';
import type { EnvCall, Fault, SimulatedRandom } from '@tessera/env/simulated';
import type { SimulatedCluster } from './cluster.js';
import type { SimulationPlan } from './plan.js';

/** Calls between two crashes: drawn up to this bound. */
const CALLS_BETWEEN_MAX = 1_500;

/** Crashes daemons at randomly chosen calls into their environment: before or after the effect, process or power. */
export class CrashSchedule {
  readonly #random: SimulatedRandom;
  readonly #plan: SimulationPlan;
  readonly #cluster: SimulatedCluster;
  #left: number;
  #callsUntilNext: number;
  readonly crashesByKind = new Map<string, number>();

  constructor(random: SimulatedRandom, plan: SimulationPlan, cluster: SimulatedCluster) {
    this.#random = random;
    this.#plan = plan;
    this.#cluster = cluster;
    this.#left = plan.crashes;
    this.#callsUntilNext = this.#draw();
  }

  /** A FaultHook. */
  readonly strike = (call: EnvCall): Fault | undefined => {
    if (this.#left === 0 || !this.#cluster.isDaemon(call.process)) return undefined;
    if (--this.#callsUntilNext > 0) return undefined;
    if (this.#plan.downMax > 0 && this.#cluster.downCount() >= this.#plan.downMax) return undefined;
    this.#left--;
    this.#callsUntilNext = this.#draw();
    const when = randomUnit(this.#random) < 0.5 ? 'before' : 'after';
    const kind = randomUnit(this.#random) < this.#plan.powerShare ? 'power' : 'kill';
    const label = `${kind} ${when} ${call.kind}`;
    this.crashesByKind.set(label, (this.crashesByKind.get(label) ?? 0) + 1);
    return { type: 'crash', when, kind };
  };

  stop(): void {
    this.#left = 0;
  }

  #draw(): number {
    return 1 + randomBelow(this.#random, CALLS_BETWEEN_MAX);
  }
}
