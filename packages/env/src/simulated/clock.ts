import type { Clock, Timer } from '../clock.js';
import type { SimulatedProcess } from './process.js';

/** The clock of one incarnation: virtual time, its host's wall-clock error, timers that die with it. */
export class SimulatedClock implements Clock {
  readonly #process: SimulatedProcess;

  constructor(process: SimulatedProcess) {
    this.#process = process;
  }

  wallNs(): bigint {
    this.#process.assertAlive();
    return this.#process.host.wallNs();
  }

  monotonicMs(): number {
    this.#process.assertAlive();
    return this.#process.host.monotonicMs();
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const process = this.#process;
    return process.callSync('clock.schedule', '', () =>
      process.schedule(delayMs + process.host.world.timerLatenessMs(), callback),
    );
  }
}
