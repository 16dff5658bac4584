import type { Site } from './placement.js';

/**
 * Live sites in the order of a stripe's slots. Each data segment gets the first position of its list, if that is live and
 * no earlier segment has it; then the others get the next ones of theirs. Parity takes what is left, in the given order.
 */
export function preferredSites(
  live: readonly Site[],
  wanted: readonly (readonly number[] | undefined)[],
): readonly Site[] {
  const free = new Map(live.map((site) => [site.position, site]));
  const take = (position: number | undefined) => {
    const site = position === undefined ? undefined : free.get(position);
    if (site !== undefined) free.delete(site.position);
    return site;
  };
  const chosen = wanted.map((positions) => take(positions?.[0]));
  for (const [slot, positions] of wanted.entries()) {
    chosen[slot] ??= take(positions?.find((position) => free.has(position)) ?? live.find(isFree)?.position);
  }
  function isFree({ position }: Site): boolean {
    return free.has(position);
  }
  return [...(chosen as Site[]), ...live.filter(isFree)];
}

/**
 * Of the waiting segments as many as were chosen, from the oldest on, and such that their first choices differ as far as
 * there are others: `firstChoices` are the positions where they would go, by index.
 */
export function chosenApart(chosen: readonly number[], firstChoices: readonly (number | undefined)[]): number[] {
  const taken = new Set<number>();
  const apart: number[] = [];
  for (const [index, position] of firstChoices.entries()) {
    if (apart.length === chosen.length) break;
    if (position === undefined || taken.has(position)) continue;
    taken.add(position);
    apart.push(index);
  }
  const picked = new Set(apart);
  for (const index of chosen) if (picked.size < chosen.length) picked.add(index);
  return [...picked].sort((a, b) => a - b);
}
