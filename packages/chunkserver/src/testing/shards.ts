import { type Random, randomBelow } from '@tessera/env';
import { BLOCK_BYTES, blockChecksums, shardRoot } from '@tessera/protocol';
import type { PutRequest } from '../log/append-request.js';
import type { StripeDescription } from '../log/description.js';

/** A put of `payload` as one slot of a stripe whose other slots have as many bytes of something. */
export function makePut(
  fields: Partial<PutRequest> & { payload: Uint8Array },
  shape: { dataCount: number; parityCount: number } = { dataCount: 4, parityCount: 2 },
): PutRequest {
  const { payload } = fields;
  const slot = fields.slot ?? 0;
  const blockList = blockChecksums(payload);
  const slots = Array.from({ length: shape.dataCount + shape.parityCount }, (_, index) => ({
    length: payload.length,
    blockChecksums: index === slot ? blockList : new Uint8Array(blockList.length).fill(index + 1),
  }));
  const description: StripeDescription = { ...shape, slots };
  return {
    type: 'put',
    pg: 1,
    stripe: 1n,
    position: slot,
    description,
    root: shardRoot(payload.length, blockList),
    ...fields,
    slot,
  };
}

/** Random bytes of a length that is often near a block's or a sector's end. */
export function randomPayload(random: Random, bytesMax = 3 * BLOCK_BYTES): Uint8Array {
  const edges = [1, 511, 512, 513, 4096, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 2 * BLOCK_BYTES];
  const chosen = randomBelow(random, 3) === 0 ? edges[randomBelow(random, edges.length)] : undefined;
  return random.fill(new Uint8Array(Math.min(chosen ?? 1 + randomBelow(random, bytesMax), bytesMax)));
}
