/** One measured figure. Ratios and CPU costs survive a change of machine better than rates do. */
export interface BenchResult {
  /** `case/variant/figure`, e.g. `small-files/rs-4-2/synced/16/write`. */
  name: string;
  /** Median over the repetitions. */
  value: number;
  unit: string;
  /** Against the least that moving and syncing the same bytes takes on this machine, measured in the same run. */
  ratioToCeiling?: number;
  /** CPU-seconds per GiB of user data, summed over every process taking part. */
  cpuSecondsPerGiB?: number;
  p50Ms?: number;
  p99Ms?: number;
  /** Further figures of the same run, e.g. mean j. */
  details?: Record<string, number>;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value below which `share` (0..1) of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
