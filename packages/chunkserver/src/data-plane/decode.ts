import { decodeId, FrameError, ID_NONE, POSITIONS_MAX, TesseraError } from '@tessera/protocol';
import type { ShardKey } from '../log/shard-key.js';

/** @throws FrameError when the header is not that message: the peer and we do not mean the same. */
export function decodeHeader<Message>(type: { decode(bytes: Uint8Array): Message }, header: Uint8Array): Message {
  try {
    return type.decode(header);
  } catch (error) {
    throw new FrameError(`the frame's header is not the message it should be: ${String(error)}`);
  }
}

/** The shard a request names. @throws TesseraError INVALID_ARGUMENT */
export function shardKeyOf(request: {
  pg?: number | null;
  stripe?: Uint8Array | null;
  slot?: number | null;
}): ShardKey {
  const stripe = decodeId(request.stripe);
  if (stripe === ID_NONE) throw new TesseraError('INVALID_ARGUMENT', 'the request names no stripe');
  const slot = request.slot ?? 0;
  if (slot >= POSITIONS_MAX) {
    throw new TesseraError('INVALID_ARGUMENT', `slot ${slot}: a stripe has at most ${POSITIONS_MAX} slots`);
  }
  return { pg: request.pg ?? 0, stripe, slot };
}
