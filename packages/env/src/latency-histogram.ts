/** Upper bounds of the buckets, in milliseconds; what takes longer falls into a last one. */
export const LATENCY_MS_BOUNDS: readonly number[] = [
  0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000,
];

/** How long things took: plain numbers, which whoever is interested reads now and then. */
export class LatencyHistogram {
  /** How many fell into each bucket of LATENCY_MS_BOUNDS, and the last one. */
  readonly counts: number[] = new Array(LATENCY_MS_BOUNDS.length + 1).fill(0);
  sumMs = 0;

  observe(ms: number): void {
    let bucket = 0;
    while (bucket < LATENCY_MS_BOUNDS.length && ms > (LATENCY_MS_BOUNDS[bucket] as number)) bucket++;
    (this.counts[bucket] as number)++;
    this.sumMs += ms;
  }
}
