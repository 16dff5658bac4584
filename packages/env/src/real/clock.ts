import type { Clock, Timer } from '../clock.js';

/** Node takes no longer delay; a longer one is split. */
const TIMER_DELAY_MS_MAX = 2 ** 31 - 1;

export class RealClock implements Clock {
  /** Timers that Node fired too early and that wait once more. */
  readonly #early = new Set<RealTimer>();

  wallNs(): bigint {
    return BigInt(Date.now()) * 1_000_000n;
  }

  monotonicMs(): number {
    return performance.now();
  }

  schedule(delayMs: number, callback: () => void): Timer {
    return new RealTimer(performance.now() + Math.max(0, delayMs), callback, this.#early);
  }
}

class RealTimer implements Timer {
  readonly #dueMs: number;
  readonly #callback: () => void;
  readonly #early: Set<RealTimer>;
  #handle: NodeJS.Timeout;

  constructor(dueMs: number, callback: () => void, early: Set<RealTimer>) {
    this.#dueMs = dueMs;
    this.#callback = callback;
    this.#early = early;
    this.#handle = this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#handle);
    this.#early.delete(this);
  }

  #arm(): NodeJS.Timeout {
    const delayMs = Math.min(TIMER_DELAY_MS_MAX, Math.ceil(this.#dueMs - performance.now()));
    return setTimeout(() => this.#fire(), delayMs);
  }

  // Node counts from the loop's cached time, so a timer can come a fraction of a millisecond early.
  #fire(): void {
    if (performance.now() < this.#dueMs) {
      this.#early.add(this);
      this.#handle = this.#arm();
      return;
    }
    // Those sent back a moment ago and due before this one go first: timers come in the order in which they are due.
    for (const timer of this.#early) {
      if (timer === this || timer.#dueMs > this.#dueMs) continue;
      timer.cancel();
      timer.#callback();
    }
    this.#early.delete(this);
    this.#callback();
  }
}
