import { BLOCK_BYTES } from '@tessera/protocol';
import { RUNS_PER_SEGMENT_MAX } from '../limits.js';

/**
 * Which pieces go into one segment together, by index, in order. Small pieces would each be a shard on a chunkserver, and
 * more would be done for them than for their bytes. Segments of joined pieces are as long as fills a stripe of
 * `dataCount` of them, at least a block and at most `segmentBytes`, and of at most RUNS_PER_SEGMENT_MAX pieces; longer
 * pieces stay alone.
 */
export function joinPieces(
  lengths: readonly number[],
  { segmentBytes, dataCount }: { segmentBytes: number; dataCount: number },
): number[][] {
  let small = 0;
  for (const length of lengths) if (length < segmentBytes) small += length;
  const joinedBytes = Math.min(segmentBytes, Math.max(BLOCK_BYTES, Math.ceil(small / dataCount)));
  const groups: number[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const [index, length] of lengths.entries()) {
    if (bytes + length > joinedBytes || groups.at(-1)?.length === RUNS_PER_SEGMENT_MAX) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(index);
    bytes += length;
  }
  return groups;
}
