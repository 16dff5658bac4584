import { PACK_CANDIDATES_MAX, PASSED_OVER_MAX, STRIPE_FILL_MIN, STRIPES_AHEAD } from '../limits.js';

/** What a mixing key's queue looks like when the next stripe is decided. */
export interface PackingState {
  /** Lengths in bytes of the waiting segments, oldest first. */
  readonly lengths: readonly number[];
  /** Stripes that have passed over the oldest one. */
  readonly oldestPassedOver: number;
  /** Most segments a stripe may take now: the layout's k, or fewer while servers are missing. */
  readonly dataCountMax: number;
  /** Being written, or with files that are being committed. */
  readonly stripesInFlight: number;
}

/**
 * Which waiting segments make the next stripe, as ascending indices; undefined to wait for more. A full stripe goes at
 * once. What is not full goes only while fewer than STRIPES_AHEAD stripes are in flight, so an idle writer never waits
 * and a busy one fills its stripes. Segments of one stripe are of similar length: together they fill STRIPE_FILL_MIN of
 * j · the longest.
 */
export function planStripe(state: PackingState): number[] | undefined {
  const { lengths, dataCountMax, stripesInFlight } = state;
  if (lengths.length === 0) return undefined;
  const inOrder = oldestInOrder(lengths, dataCountMax);
  if (inOrder !== undefined) return inOrder;
  const byLength = sortByLength(lengths);
  const oldestGoes = stripesInFlight < STRIPES_AHEAD || state.oldestPassedOver >= PASSED_OVER_MAX;
  const smallest = oldestGoes ? 1 : dataCountMax;
  for (let count = Math.min(dataCountMax, byLength.length); count >= smallest; count--) {
    const group = bestWindow(byLength, lengths, count, true);
    if (group !== undefined) return group;
  }
  return bestWindow(byLength, lengths, dataCountMax, false);
}

/** The usual case, and the one that keeps a big file's segments consecutive: the oldest k fit together. */
function oldestInOrder(lengths: readonly number[], count: number): number[] | undefined {
  if (lengths.length < count) return undefined;
  let sum = 0;
  let longest = 0;
  for (let index = 0; index < count; index++) {
    const length = lengths[index] as number;
    sum += length;
    if (length > longest) longest = length;
  }
  return isFilled(sum, count, longest) ? Array.from({ length: count }, (_, index) => index) : undefined;
}

/** Whether segments of these lengths may make a stripe together. */
export function fillStripe(lengths: readonly number[]): boolean {
  const sum = lengths.reduce((bytes, length) => bytes + length, 0);
  return isFilled(sum, lengths.length, Math.max(...lengths));
}

function isFilled(sum: number, count: number, longest: number): boolean {
  return sum >= STRIPE_FILL_MIN * count * longest;
}

/** Indices of the candidates, shortest first, older before younger. */
function sortByLength(lengths: readonly number[]): number[] {
  const candidates = Array.from({ length: Math.min(lengths.length, PACK_CANDIDATES_MAX) }, (_, index) => index);
  return candidates.sort((a, b) => (lengths[a] as number) - (lengths[b] as number) || a - b);
}

/** Of the groups of `count` neighbours by length that are filled, the best filled one; with the oldest if asked. */
function bestWindow(
  byLength: readonly number[],
  lengths: readonly number[],
  count: number,
  withOldest: boolean,
): number[] | undefined {
  if (byLength.length < count) return undefined;
  const oldestAt = byLength.indexOf(0);
  const first = withOldest ? Math.max(0, oldestAt - count + 1) : 0;
  const last = withOldest ? Math.min(oldestAt, byLength.length - count) : byLength.length - count;
  let best: { start: number; fill: number } | undefined;
  for (let start = first; start <= last; start++) {
    let sum = 0;
    for (let at = start; at < start + count; at++) sum += lengths[byLength[at] as number] as number;
    const longest = lengths[byLength[start + count - 1] as number] as number;
    if (!isFilled(sum, count, longest)) continue;
    const fill = sum / (count * longest);
    if (best === undefined || fill > best.fill) best = { start, fill };
  }
  return best && byLength.slice(best.start, best.start + count).sort((a, b) => a - b);
}
