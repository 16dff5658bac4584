import type { ErasureCodec } from '@tessera/erasure';
import type { BufferPool, v1 } from '@tessera/protocol';
import { makeSegment, type Segment } from './segment.js';

/** All shards of a stripe: its segments, then the parity over them. */
export interface CodedStripe {
  readonly shards: readonly Segment[];
  /** What every shard carries of the stripe. */
  readonly description: v1.StripeDescription.$Properties;
  /** Gives the parity buffers back; nothing may read them any more. */
  release(): void;
}

export function codeStripe(
  codec: ErasureCodec,
  pool: BufferPool,
  segments: readonly Segment[],
  parityCount: number,
): CodedStripe {
  const parity = parityOf(codec, pool, segments, parityCount);
  const shards = [...segments, ...parity.shards];
  return {
    shards,
    description: {
      dataCount: segments.length,
      parityCount,
      slots: shards.map(({ bytes, checksums }) => ({ length: bytes.length, blockChecksums: checksums })),
    },
    release: () => {
      for (const buffer of parity.buffers) pool.release(buffer);
    },
  };
}

function parityOf(codec: ErasureCodec, pool: BufferPool, segments: readonly Segment[], parityCount: number) {
  const [only] = segments;
  // Parity over one segment is that segment again: no coding, no copy.
  if (segments.length === 1 && only !== undefined) {
    return { shards: new Array<Segment>(parityCount).fill(only), buffers: [] };
  }
  let longest = 0;
  for (const { bytes } of segments) if (bytes.length > longest) longest = bytes.length;
  const buffers = Array.from({ length: parityCount }, () => pool.acquire(longest));
  const data = segments.map(({ bytes }) => bytes);
  return { shards: codec.encode(data, parityCount, buffers).map(makeSegment), buffers };
}
