import { setTimeout as sleep } from 'node:timers/promises';
import { OracleViolation } from '../oracle/violation.js';

/** Waits for what must come: until it has, until its time is over, or until something else has gone wrong. */
export class Patience {
  readonly #failed: Promise<never>;
  #fail: (violation: OracleViolation) => void = () => {};

  constructor() {
    this.#failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever waits looks at it; until then it is no unhandled rejection.
    this.#failed.catch(() => {});
  }

  /** Ends all waiting, and any that is to come. The first violation stays. */
  fail(violation: OracleViolation): void {
    this.#fail(violation);
  }

  /** @throws OracleViolation when it has not come within the limit, or `fail` was called; what the promise throws */
  async until<T>(what: string, promise: Promise<T>, limitMs: number): Promise<T> {
    const isOver = new AbortController();
    const late = sleep(limitMs, undefined, { signal: isOver.signal }).then(() => {
      throw new OracleViolation(`waited ${limitMs} ms for ${what}, in vain`);
    });
    late.catch(() => {});
    try {
      return await Promise.race([promise, this.#failed, late]);
    } finally {
      isOver.abort();
    }
  }
}
