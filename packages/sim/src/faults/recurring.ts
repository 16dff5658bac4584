import type { Timer } from '@tessera/env';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { Recurrence } from './plan.js';

/** Does something a number of times with random pauses. */
export class Recurring implements FaultSource {
  readonly #stage: FaultStage;
  readonly #act: () => void;
  readonly #gapMsMax: number;
  #left: number;
  #timer: Timer | undefined;

  constructor(stage: FaultStage, { times, gapMsMax }: Recurrence, act: () => void) {
    this.#stage = stage;
    this.#act = act;
    this.#left = times;
    this.#gapMsMax = gapMsMax;
  }

  start(): void {
    if (this.#left === 0) return;
    this.#timer = this.#stage.world.scheduler.schedule(this.#stage.draw.upTo(this.#gapMsMax), () => {
      this.#left--;
      this.#act();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#left = 0;
  }
}
