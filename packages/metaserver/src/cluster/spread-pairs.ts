import type { SharedGroups } from './shared-groups.js';

/** Steps over group members that one plan may spend on swaps: tens of ms, once in a placement set's life. */
const SWAP_STEPS_MAX = 8_000_000;

/**
 * Evens out how often pairs of servers meet, in place: two groups swap a member each wherever that lowers the sum of
 * squares of the pair counts and keeps the domain rule. Nobody's number of groups changes.
 */
export function spreadPairs(
  groups: number[][],
  domains: readonly number[],
  shardsPerDomain: number,
  shared: SharedGroups,
): void {
  let stepsLeft = SWAP_STEPS_MAX;
  let improved = true;
  while (improved) {
    improved = false;
    for (let first = 0; first < groups.length; first++) {
      for (let second = first + 1; second < groups.length; second++) {
        const a = groups[first] as number[];
        const b = groups[second] as number[];
        stepsLeft -= a.length * b.length * (a.length + b.length);
        if (stepsLeft < 0) return;
        if (swapOnce(a, b, domains, shardsPerDomain, shared)) improved = true;
      }
    }
  }
}

function swapOnce(
  a: number[],
  b: number[],
  domains: readonly number[],
  shardsPerDomain: number,
  shared: SharedGroups,
): boolean {
  const onlyA = a.filter((server) => !b.includes(server));
  const onlyB = b.filter((server) => !a.includes(server));
  for (const x of onlyA) {
    for (const y of onlyB) {
      if (gain(x, y, onlyA, onlyB, shared) >= 0) continue;
      if (!fits(x, y, a, domains, shardsPerDomain) || !fits(y, x, b, domains, shardsPerDomain)) continue;
      exchange(x, y, onlyA, onlyB, shared);
      a[a.indexOf(x)] = y;
      b[b.indexOf(y)] = x;
      return true;
    }
  }
  return false;
}

/** Change of the sum of squares, halved, when x and y change places. Members of both groups meet x and y as before. */
function gain(x: number, y: number, onlyA: readonly number[], onlyB: readonly number[], shared: SharedGroups): number {
  let change = 0;
  for (const other of onlyA) if (other !== x) change += shared.count(y, other) - shared.count(x, other) + 1;
  for (const other of onlyB) if (other !== y) change += shared.count(x, other) - shared.count(y, other) + 1;
  return change;
}

function exchange(
  x: number,
  y: number,
  onlyA: readonly number[],
  onlyB: readonly number[],
  shared: SharedGroups,
): void {
  for (const other of onlyA) {
    if (other === x) continue;
    shared.add(x, other, -1);
    shared.add(y, other, 1);
  }
  for (const other of onlyB) {
    if (other === y) continue;
    shared.add(y, other, -1);
    shared.add(x, other, 1);
  }
}

/** Whether the domain rule holds in a group once `joining` has taken the place of `leaving`. */
function fits(
  leaving: number,
  joining: number,
  members: readonly number[],
  domains: readonly number[],
  shardsPerDomain: number,
): boolean {
  const domain = domains[joining];
  let count = 1;
  for (const member of members) if (member !== leaving && domains[member] === domain) count++;
  return count <= shardsPerDomain;
}
