import { blockChecksums, shardRoot } from '@tessera/protocol';

/** A contiguous piece of one file on its way into a stripe. */
export interface Segment {
  readonly bytes: Uint8Array;
  /** 8 big-endian bytes for each 64 KiB block. */
  readonly checksums: Uint8Array;
  readonly root: bigint;
}

/** The bytes must stay unchanged until the segment is committed. */
export function makeSegment(bytes: Uint8Array): Segment {
  const checksums = blockChecksums(bytes);
  return { bytes, checksums, root: shardRoot(bytes.length, checksums) };
}
