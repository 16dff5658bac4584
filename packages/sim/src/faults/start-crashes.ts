import type { EnvCall, Fault } from '@tessera/env/simulated';
import { crashAt } from './call-crashes.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';

/** How far a start may get before it crashes, in calls: at its very beginning, amid recovery, or just serving. */
const CALLS_MAX = [10, 60, 300] as const;

/** Crashes daemons that have just been started, so that recoveries are cut off and begin again, some several times. */
export class StartCrashes implements FaultSource {
  readonly #stage: FaultStage;
  readonly #plan: FaultPlan;
  readonly #callsLeft = new Map<string, number>();
  #isOn = false;

  constructor(stage: FaultStage, plan: FaultPlan) {
    this.#stage = stage;
    this.#plan = plan;
    stage.cluster.onLaunch(({ name }) => {
      this.#callsLeft.delete(name);
      if (!this.#isOn || !stage.draw.chance(plan.startCrashes) || !stage.begins()) return;
      this.#callsLeft.set(name, 1 + stage.draw.below(stage.draw.of(CALLS_MAX)));
    });
  }

  start(): void {
    this.#isOn = true;
  }

  stop(): void {
    this.#isOn = false;
    this.#callsLeft.clear();
  }

  strike(call: EnvCall): Fault | undefined {
    const left = this.#callsLeft.get(call.process);
    if (left === undefined) return undefined;
    if (left > 1) {
      this.#callsLeft.set(call.process, left - 1);
      return undefined;
    }
    this.#callsLeft.delete(call.process);
    this.#stage.tally('crash while starting');
    return crashAt(call, this.#stage, this.#plan);
  }
}
