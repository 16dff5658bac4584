import { formatId, type Id } from '@tessera/protocol';

/** Names a shard on a chunkserver. */
export interface ShardKey {
  pg: number;
  stripe: Id;
  slot: number;
}

export function sameShard(one: ShardKey, other: ShardKey): boolean {
  return one.pg === other.pg && one.stripe === other.stripe && one.slot === other.slot;
}

/** For people and for maps. */
export function formatShard({ pg, stripe, slot }: ShardKey): string {
  return `pg ${pg} stripe ${formatId(stripe)} slot ${slot}`;
}
