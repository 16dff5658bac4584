import {
  blockCount,
  DATA_SHARDS_MAX,
  firstBadBlock,
  PARITY_SHARDS_MAX,
  POSITIONS_MAX,
  SEGMENT_BYTES_MAX,
  STRIPE_BYTES_MAX,
  shardRoot,
  TesseraError,
  type v1,
} from '@tessera/protocol';
import type { PutRequest } from '../log/append-request.js';
import type { ShardDescription, StripeDescription } from '../log/description.js';
import { formatShard } from '../log/shard-key.js';
import { shardKeyOf } from './decode.js';

/**
 * The put that a WRITE asks for, once all of it is checked: the description against the limits, the body against its
 * block list. @throws TesseraError INVALID_ARGUMENT, CORRUPT
 */
export function checkWrite(request: v1.WriteRequest, body: Uint8Array): PutRequest {
  const key = shardKeyOf(request);
  const description = checkDescription(request.description);
  const shard = description.slots[key.slot];
  if (shard === undefined) refuse(`slot ${key.slot} of a stripe with ${description.slots.length} slots`);
  if (request.position >= POSITIONS_MAX) refuse(`position ${request.position}; the highest is ${POSITIONS_MAX - 1}`);
  if (body.length !== shard.length) {
    refuse(`the body has ${body.length} bytes, slot ${key.slot} of the description ${shard.length}`);
  }
  const badBlock = firstBadBlock(body, shard.blockChecksums, 0);
  if (badBlock !== undefined) {
    throw new TesseraError(
      'CORRUPT',
      `${formatShard(key)}: block ${badBlock} does not have the checksum of its description: send it again`,
    );
  }
  const { pg, stripe, slot } = key;
  const root = shardRoot(shard.length, shard.blockChecksums);
  return { type: 'put', pg, stripe, slot, position: request.position, description, root, payload: body };
}

function checkDescription(wire: v1.StripeDescription.$Properties | null | undefined): StripeDescription {
  const dataCount = wire?.dataCount ?? 0;
  const parityCount = wire?.parityCount ?? 0;
  if (dataCount < 1 || dataCount > DATA_SHARDS_MAX || parityCount > PARITY_SHARDS_MAX) {
    refuse(
      `${dataCount} data and ${parityCount} parity shards; 1..${DATA_SHARDS_MAX} and 0..${PARITY_SHARDS_MAX} are allowed`,
    );
  }
  const slots = (wire?.slots ?? []).map(checkSlot);
  if (slots.length !== dataCount + parityCount) {
    refuse(`${slots.length} slots are described, the stripe has ${dataCount + parityCount}`);
  }
  const lengths = slots.slice(0, dataCount).map(({ length }) => length);
  const longest = Math.max(...lengths);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total > STRIPE_BYTES_MAX) refuse(`the data slots have ${total} bytes; at most ${STRIPE_BYTES_MAX} are allowed`);
  const odd = slots.findIndex(({ length }, slot) => slot >= dataCount && length !== longest);
  if (odd >= 0) refuse(`parity slot ${odd} has ${slots[odd]?.length} bytes, the longest data slot ${longest}`);
  return { dataCount, parityCount, slots };
}

function checkSlot(wire: v1.ShardDescription.$Properties, slot: number): ShardDescription {
  const length = wire.length ?? 0;
  const blockChecksums = wire.blockChecksums ?? new Uint8Array(0);
  if (length < 1 || length > SEGMENT_BYTES_MAX) {
    refuse(`slot ${slot} has ${length} bytes; 1..${SEGMENT_BYTES_MAX} are allowed`);
  }
  if (blockChecksums.length !== 8 * blockCount(length)) {
    refuse(
      `slot ${slot} of ${length} bytes comes with ${blockChecksums.length} bytes of block checksums, not ${8 * blockCount(length)}`,
    );
  }
  return { length, blockChecksums };
}

function refuse(message: string): never {
  throw new TesseraError('INVALID_ARGUMENT', `the write is refused: ${message}`);
}
