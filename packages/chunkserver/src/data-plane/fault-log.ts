import type { Clock, Log } from '@tessera/env';
import { FAULT_LINES_MAX, FAULT_PERIOD_MS } from './limits.js';

/** Says why connections were closed, without letting a flood of bad ones flood the log. */
export class FaultLog {
  readonly #clock: Clock;
  readonly #log: Log;
  #periodStartMs = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #total = 0;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Connections closed for a fault so far. */
  get total(): number {
    return this.#total;
  }

  closed(remote: string, peer: string, reason: string): void {
    this.#total++;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#periodStartMs >= FAULT_PERIOD_MS) {
      const unsaid = this.#lines - FAULT_LINES_MAX;
      if (unsaid > 0) this.#log.warn({ connections: unsaid }, 'closed further connections for faults of their peers');
      this.#periodStartMs = nowMs;
      this.#lines = 0;
    }
    this.#lines++;
    if (this.#lines <= FAULT_LINES_MAX) this.#log.warn({ remote, peer, reason }, 'closed a connection');
  }
}
