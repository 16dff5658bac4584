/** What one aggregator moves for all ranks. */
export interface Domain {
  /** Who does. */
  readonly rank: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Cuts [from, to) at multiples of `alignBytes` into at most `aggregators` domains of about the same length, none empty;
 * their ranks are spread over the group. Every rank computes the same.
 */
export function cutDomains(
  { from, to }: { from: number; to: number },
  { alignBytes, aggregators, size }: { alignBytes: number; aggregators: number; size: number },
): Domain[] {
  if (from >= to) return [];
  const first = Math.floor(from / alignBytes);
  const units = Math.ceil(to / alignBytes) - first;
  const count = Math.min(aggregators, size, units);
  const unitsEach = Math.ceil(units / count);
  const domains: Domain[] = [];
  for (let index = 0; index * unitsEach < units; index++) {
    domains.push({
      rank: Math.floor((index * size) / count),
      from: Math.max(from, (first + index * unitsEach) * alignBytes),
      to: Math.min(to, (first + (index + 1) * unitsEach) * alignBytes),
    });
  }
  return domains;
}
