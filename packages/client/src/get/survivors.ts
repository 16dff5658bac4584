import { v1 } from '@tessera/protocol';
import { Reach } from '../cluster/server-health.js';
import type { ShardSource } from './block-lists.js';
import type { StripeRecord } from './resolved-file.js';

export interface ReachInput {
  /** Servers that may hold a position. */
  holders(position: number): readonly number[];
  reach(server: number): Reach;
  /** Lower is better. */
  load(server: number): number;
}

/** What a range of one shard can be decoded from. */
export interface SurvivorPlan {
  /** Shards to read, besides those without bytes in the range. */
  readonly needed: number;
  /** Slots in reach, the ones to read first in front, each with its servers. */
  readonly candidates: readonly { readonly slot: number; readonly sources: readonly ShardSource[] }[];
}

/** Where a slot can be read, the best first; none when it is missing or all its servers are out of reach. */
export function sourcesOf(stripe: StripeRecord, slot: number, input: ReachInput): ShardSource[] {
  const record = stripe.slots[slot];
  if (record === undefined || record.state === v1.SlotState.SLOT_STATE_MISSING) return [];
  const ranked = input
    .holders(record.position)
    .map((server) => ({ server, reach: input.reach(server) }))
    .filter(({ reach }) => reach !== Reach.NONE);
  return ranked.sort((a, b) => a.reach - b.reach).map(({ server }) => ({ slot, server }));
}

/**
 * Other shards that decode [from, …) of a slot. A data shard that ends before the range counts as zeros there: it need
 * not be read, wherever it is.
 */
export function planSurvivors(stripe: StripeRecord, slot: number, from: number, input: ReachInput): SurvivorPlan {
  let needed = stripe.dataCount;
  const candidates: { slot: number; sources: ShardSource[]; reach: Reach; load: number }[] = [];
  for (const [other, { length }] of stripe.slots.entries()) {
    if (other === slot) continue;
    if (other < stripe.dataCount && length <= from) {
      needed--;
      continue;
    }
    const sources = sourcesOf(stripe, other, input);
    const [best] = sources;
    if (best === undefined) continue;
    candidates.push({ slot: other, sources, reach: input.reach(best.server), load: input.load(best.server) });
  }
  candidates.sort((a, b) => a.reach - b.reach || a.load - b.load || a.slot - b.slot);
  return { needed, candidates };
}
