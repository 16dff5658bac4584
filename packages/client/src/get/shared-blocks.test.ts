import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_BYTES, v1 } from '@tessera/protocol';
import { SHARED_BLOCKS_MAX } from '../limits.js';
import { Scopes } from '../scope.js';
import { ManualClock } from '../testing/manual-clock.js';
import type { LocatedFile, Piece, StripeRecord } from './resolved-file.js';
import { SharedBlocks } from './shared-blocks.js';

const SHARD_BYTES = 100 * BLOCK_BYTES + 1_000;
const FILE = {} as LocatedFile;

/** Byte o of a shard is its segment's number + o, cut to 8 bits. */
function setUp() {
  const reads: string[] = [];
  const world = { hasBlocks: true };
  const bytesOf = (segment: number, from: number, to: number) =>
    Uint8Array.from({ length: to - from }, (_, index) => segment + from + index);
  const segmentOf = ({ pg }: StripeRecord) => pg;
  const shared = new SharedBlocks(
    {
      async read(_, { stripe, segmentOffset, length }) {
        reads.push(`piece ${segmentOf(stripe)}/${segmentOffset}`);
        return bytesOf(segmentOf(stripe), segmentOffset, segmentOffset + length);
      },
      async block(stripe, _slot, from, to) {
        reads.push(`block ${segmentOf(stripe)}/${from}+${to - from}`);
        return world.hasBlocks ? bytesOf(segmentOf(stripe), from, to) : undefined;
      },
    },
    SHARED_BLOCKS_MAX,
  );
  const scope = new Scopes(new ManualClock(), 60_000).open('test');
  const read = async (segment: number, segmentOffset: number, length: number) => {
    const slot = { position: 0, length: SHARD_BYTES, state: v1.SlotState.SLOT_STATE_LIVE };
    const stripe = { pg: segment, stripe: new Uint8Array(8), dataCount: 1, parityCount: 0, slots: [slot] };
    const piece = { fileOffset: 7, length, segment: BigInt(segment), segmentOffset, stripe, slot: 0 };
    const bytes = await shared.read(FILE, piece as unknown as Piece, scope);
    assert.deepEqual(bytes, bytesOf(segment, segmentOffset, segmentOffset + length));
  };
  return { read, reads, world };
}

test('a block is read once for small pieces in it; whole blocks and what crosses them are read as they are', async () => {
  const { read, reads } = setUp();
  const last = 100 * BLOCK_BYTES;
  await Promise.all([
    read(1, 0, 100),
    read(1, 100, 4_000),
    read(2, 0, 100),
    read(1, BLOCK_BYTES - 1, 1),
    read(1, BLOCK_BYTES, BLOCK_BYTES),
    read(1, BLOCK_BYTES - 1, 2),
    read(1, 0, 3 * BLOCK_BYTES),
    read(1, last + 500, 500),
    read(1, last, 1_000),
  ]);
  await read(1, 5, 5);
  assert.deepEqual(reads.toSorted(), [
    `block 1/0+${BLOCK_BYTES}`,
    `block 1/${last}+1000`,
    `block 2/0+${BLOCK_BYTES}`,
    'piece 1/0',
    `piece 1/${BLOCK_BYTES - 1}`,
    `piece 1/${BLOCK_BYTES}`,
    `piece 1/${last}`,
  ]);
});

test('what is used last is kept, a bounded number of blocks', async () => {
  const { read, reads } = setUp();
  const block = (index: number) => read(index, 0, 10);
  for (let index = 0; index < SHARED_BLOCKS_MAX; index++) await block(index);
  await block(0);
  await block(SHARED_BLOCKS_MAX);
  assert.equal(reads.length, SHARED_BLOCKS_MAX + 1);
  await block(0);
  assert.equal(reads.length, SHARED_BLOCKS_MAX + 1);
  await block(1);
  assert.equal(reads.length, SHARED_BLOCKS_MAX + 2);
});

test('without the block each piece is looked for by itself', async () => {
  const { read, reads, world } = setUp();
  world.hasBlocks = false;
  await Promise.all([read(1, 0, 10), read(1, 10, 10)]);
  assert.deepEqual(reads, [`block 1/0+${BLOCK_BYTES}`, 'piece 1/0', 'piece 1/10']);
});
