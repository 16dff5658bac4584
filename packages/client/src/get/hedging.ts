import {
  HEDGE_AFTER_MS_INITIAL,
  HEDGE_AFTER_MS_MAX,
  HEDGE_AFTER_MS_MIN,
  HEDGE_CREDIT_BYTES,
  HEDGE_FACTOR,
  HEDGE_SHARE,
  LATENCIES_KEPT,
  LATENCIES_NEEDED,
} from '../limits.js';

/** When a read counts as slow, and how many bytes may be moved because of it. */
export class Hedging {
  readonly #latenciesMs: number[] = [];
  #next = 0;
  #afterMs = HEDGE_AFTER_MS_INITIAL;
  #creditBytes = HEDGE_CREDIT_BYTES;

  /** A shard read of `bytes` took `elapsedMs`. */
  observe(elapsedMs: number, bytes: number): void {
    this.#creditBytes = Math.min(HEDGE_CREDIT_BYTES, this.#creditBytes + bytes * HEDGE_SHARE);
    this.#latenciesMs[this.#next] = elapsedMs;
    this.#next = (this.#next + 1) % LATENCIES_KEPT;
    if (this.#next % LATENCIES_NEEDED === 0) this.#afterMs = slowAfter(this.#latenciesMs);
  }

  get slowAfterMs(): number {
    return this.#afterMs;
  }

  /** Takes the bytes from the budget; false when it has not so many. */
  spend(bytes: number): boolean {
    if (bytes > this.#creditBytes) return false;
    this.#creditBytes -= bytes;
    return true;
  }
}

function slowAfter(latenciesMs: readonly number[]): number {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  const percentile = sorted[Math.floor(sorted.length * 0.95)] ?? HEDGE_AFTER_MS_INITIAL;
  return Math.min(HEDGE_AFTER_MS_MAX, Math.max(HEDGE_AFTER_MS_MIN, HEDGE_FACTOR * percentile));
}
