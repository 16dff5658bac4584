import xxhash from 'xxhash-wasm';
import { readUint64, writeUint64 } from './ids.js';
import { BLOCK_BYTES } from './limits.js';

const { h64Raw } = await xxhash();

const CHECKSUM_BYTES = 8;

/** XXH64 of the bytes. */
export function hash64(bytes: Uint8Array, seed = 0n): bigint {
  return h64Raw(bytes, seed);
}

/** How many blocks a shard of this length has. */
export function blockCount(shardBytes: number): number {
  return Math.ceil(shardBytes / BLOCK_BYTES);
}

/** The shard's block list: XXH64 (seed 0) of each 64 KiB block, 8 big-endian bytes each. */
export function blockChecksums(shard: Uint8Array): Uint8Array {
  const list = new Uint8Array(blockCount(shard.length) * CHECKSUM_BYTES);
  for (let block = 0, offset = 0; offset < shard.length; block++, offset += BLOCK_BYTES) {
    writeUint64(list, block * CHECKSUM_BYTES, hash64(shard.subarray(offset, offset + BLOCK_BYTES)));
  }
  return list;
}

/** The root of a shard: XXH64(length as 8 big-endian bytes ‖ block list). */
export function shardRoot(shardBytes: number, checksums: Uint8Array): bigint {
  const input = new Uint8Array(CHECKSUM_BYTES + checksums.length);
  writeUint64(input, 0, BigInt(shardBytes));
  input.set(checksums, CHECKSUM_BYTES);
  return hash64(input);
}

/**
 * The index of the first block in `bytes` (whole blocks of a shard, from `firstBlock` on) that differs from the list;
 * undefined when all agree.
 */
export function firstBadBlock(bytes: Uint8Array, checksums: Uint8Array, firstBlock: number): number | undefined {
  for (let block = firstBlock, offset = 0; offset < bytes.length; block++, offset += BLOCK_BYTES) {
    const at = block * CHECKSUM_BYTES;
    if (at + CHECKSUM_BYTES > checksums.length) return block;
    if (hash64(bytes.subarray(offset, offset + BLOCK_BYTES)) !== readUint64(checksums, at)) return block;
  }
  return undefined;
}
