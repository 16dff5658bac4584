import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { blockChecksums, blockCount, firstBadBlock, hash64, shardRoot } from './checksum.js';
import { BLOCK_BYTES } from './limits.js';

const encoder = new TextEncoder();

describe('checksums', () => {
  it('are XXH64: published test vectors', () => {
    assert.equal(hash64(new Uint8Array(0)), 0xef46db3751d8e999n);
    assert.equal(hash64(encoder.encode('abc')), 0x44bc2cf5ad770999n);
  });

  it('find every flipped bit in the block that holds it', () => {
    const shard = new Uint8Array(3 * BLOCK_BYTES + 17).map((_, index) => (index * 31) >>> 3);
    const list = blockChecksums(shard);
    assert.equal(list.length, 8 * blockCount(shard.length));
    fc.assert(
      fc.property(fc.nat(shard.length - 1), fc.nat(7), (at, bit) => {
        const bad = shard.slice();
        bad[at] = (bad[at] as number) ^ (1 << bit);
        assert.equal(firstBadBlock(bad, list, 0), Math.floor(at / BLOCK_BYTES));
      }),
      { numRuns: 50 },
    );
    assert.equal(firstBadBlock(shard, list, 0), undefined);
    assert.equal(firstBadBlock(shard.subarray(BLOCK_BYTES), list, 1), undefined);
    assert.equal(firstBadBlock(new Uint8Array(4 * BLOCK_BYTES + 1), list, 0), 0);
    assert.equal(firstBadBlock(new Uint8Array(1), list, 4), 4, 'a block past the list is bad');
  });

  it('bind the length into the root', () => {
    const list = blockChecksums(new Uint8Array(10));
    assert.notEqual(shardRoot(10, list), shardRoot(11, list));
    assert.equal(shardRoot(0, new Uint8Array(0)), hash64(new Uint8Array(8)));
  });
});
