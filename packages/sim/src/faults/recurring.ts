import type { Timer } from '@tessera/env';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { Recurrence } from './plan.js';

/** Does something a number of times with random pauses, each time that it is started. */
export class Recurring implements FaultSource {
  readonly #stage: FaultStage;
  readonly #act: () => void;
  readonly #recurrence: Recurrence;
  #left = 0;
  #timer: Timer | undefined;

  constructor(stage: FaultStage, recurrence: Recurrence, act: () => void) {
    this.#stage = stage;
    this.#act = act;
    this.#recurrence = recurrence;
  }

  start(): void {
    this.stop();
    this.#left = this.#recurrence.times;
    this.#next();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#left = 0;
  }

  #next(): void {
    if (this.#left === 0) return;
    this.#timer = this.#stage.world.scheduler.schedule(this.#stage.draw.upTo(this.#recurrence.gapMsMax), () => {
      this.#left--;
      if (this.#stage.begins()) this.#act();
      this.#next();
    });
  }
}
