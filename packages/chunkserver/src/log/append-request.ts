import type { StripeDescription } from './description.js';
import type { ShardKey } from './shard-key.js';

/** What is to be appended: a put with its payload, or a tombstone. */
export type AppendRequest = PutRequest | TombstoneRequest;

export interface PutRequest extends ShardKey {
  type: 'put';
  position: number;
  description: StripeDescription;
  root: bigint;
  /** Must not change until the append has settled. */
  payload: Uint8Array;
}

export interface TombstoneRequest extends ShardKey {
  type: 'tombstone';
  era: number;
}
