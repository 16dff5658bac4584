import { BLOCK_BYTES, blockCount, firstBadBlock, shardRoot, TesseraError } from '@tessera/protocol';
import type { ShardBlocks } from './shard-reads.js';

/** What the metadata says of a shard. */
export interface ExpectedShard {
  readonly length: number;
  readonly root: bigint;
}

/**
 * Compares what a server sent with the metadata: the list with the root, then each block with the list.
 * @param from,to bytes of the shard that were asked for; `from` starts a block
 * @throws TesseraError CORRUPT
 */
export function verifyBlocks(expected: ExpectedShard, blocks: ShardBlocks, from: number, to: number): void {
  if (!isBlockList(expected, blocks.length, blocks.checksums)) {
    throw new TesseraError('CORRUPT', 'the block list does not have the root that the metadata has');
  }
  const firstBlock = from / BLOCK_BYTES;
  const wanted = Math.min(expected.length, blockCount(to) * BLOCK_BYTES) - from;
  if (blocks.bytes.length !== wanted) {
    throw new TesseraError('CORRUPT', `${blocks.bytes.length} bytes came, ${wanted} were expected`);
  }
  const bad = firstBadBlock(blocks.bytes, blocks.checksums, firstBlock);
  if (bad !== undefined) throw new TesseraError('CORRUPT', `block ${bad} does not have its checksum`);
}

/** Whether length and block list are those of the shard whose root the metadata has. */
export function isBlockList(expected: ExpectedShard, length: number, checksums: Uint8Array): boolean {
  return length === expected.length && shardRoot(length, checksums) === expected.root;
}
