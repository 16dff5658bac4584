import { FrameKind, RECEIPT_BYTES, readUint64, TesseraError, v1 } from '@tessera/protocol';
import type { DataLinks } from '../data/server-links.js';
import type { Segment } from './segment.js';

export interface ShardWrite {
  readonly pg: number;
  /** 8 bytes. */
  readonly stripe: Uint8Array;
  readonly slot: number;
  readonly position: number;
  readonly durability: v1.Durability;
  readonly description: v1.StripeDescription.$Properties;
}

/** A chunkserver's word for a shard. */
export interface Receipt {
  /** 16 bytes. */
  readonly bytes: Uint8Array;
  /** What it vouches for. */
  readonly durability: v1.Durability;
}

/**
 * Puts one shard on a server and returns its receipt.
 * @throws TesseraError DISK_FULL, DISK_FAILED, CONFLICT, UNAVAILABLE, …
 */
export async function writeShard(
  links: DataLinks,
  server: number,
  write: ShardWrite,
  shard: Segment,
): Promise<Receipt> {
  try {
    const reply = await links.request(server, {
      kind: FrameKind.WRITE,
      header: v1.WriteRequest.encode(write).finish(),
      body: [shard.bytes],
      bytes: shard.bytes.length,
      decode: (frame) => v1.WriteReply.decode(frame.header),
    });
    if (reply.server !== server || reply.root.length !== 8 || readUint64(reply.root, 0) !== shard.root) {
      throw new TesseraError('INTERNAL', `server ${server} acknowledged another shard than the one it was sent`);
    }
    if (reply.receipt.length !== RECEIPT_BYTES) {
      throw new TesseraError('INTERNAL', `server ${server} sent a receipt of ${reply.receipt.length} bytes`);
    }
    if (reply.durability !== write.durability && reply.durability !== v1.Durability.DURABILITY_SYNCED) {
      throw new TesseraError('INTERNAL', `server ${server} vouches for less durability than it was asked for`);
    }
    return { bytes: reply.receipt, durability: reply.durability };
  } catch (thrown) {
    const error = TesseraError.from(thrown);
    if (error.code === 'DISK_FULL' || error.code === 'DISK_FAILED') links.health.refusedWrite(server, error.message);
    throw error;
  }
}
