import type { Clock, Timer } from '../clock.js';

/** Node takes no longer delay; a longer one is split. */
const TIMER_DELAY_MS_MAX = 2 ** 31 - 1;

export class RealClock implements Clock {
  wallNs(): bigint {
    return BigInt(Date.now()) * 1_000_000n;
  }

  monotonicMs(): number {
    return performance.now();
  }

  schedule(delayMs: number, callback: () => void): Timer {
    return new RealTimer(performance.now() + Math.max(0, delayMs), callback);
  }
}

class RealTimer implements Timer {
  readonly #dueMs: number;
  readonly #callback: () => void;
  #handle: NodeJS.Timeout;

  constructor(dueMs: number, callback: () => void) {
    this.#dueMs = dueMs;
    this.#callback = callback;
    this.#handle = this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  #arm(): NodeJS.Timeout {
    const delayMs = Math.min(TIMER_DELAY_MS_MAX, Math.ceil(this.#dueMs - performance.now()));
    return setTimeout(() => this.#fire(), delayMs);
  }

  // Node counts from the loop's cached time, so a timer can come a fraction of a millisecond early.
  #fire(): void {
    if (performance.now() < this.#dueMs) {
      this.#handle = this.#arm();
    } else {
      this.#callback();
    }
  }
}
