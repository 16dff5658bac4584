import { NETWORK_DEFAULTS } from '@tessera/env/simulated';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';

/** A network that loses, doubles, delays and breaks off. */
export class BadWeather implements FaultSource {
  readonly #stage: FaultStage;
  readonly #plan: FaultPlan;

  constructor(stage: FaultStage, plan: FaultPlan) {
    this.#stage = stage;
    this.#plan = plan;
  }

  start(): void {
    const { world, begins, tally } = this.#stage;
    if (!begins()) return;
    Object.assign(world.fabric.settings, this.#plan.weather);
    tally('bad weather');
  }

  stop(): void {
    Object.assign(this.#stage.world.fabric.settings, NETWORK_DEFAULTS);
  }
}
