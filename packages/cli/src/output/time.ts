const NS_PER_MS = 1_000_000n;

/** Wall-clock nanoseconds as ISO 8601 in UTC, to the millisecond. */
export function formatTimeNs(timeNs: bigint): string {
  return new Date(Number(timeNs / NS_PER_MS)).toISOString();
}

/** A span of time for people. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
