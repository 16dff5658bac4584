import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_BYTES } from '@tessera/protocol';
import fc from 'fast-check';
import { RUNS_PER_SEGMENT_MAX } from '../limits.js';
import { joinPieces } from './join-pieces.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const SHAPE = { segmentBytes: MIB, dataCount: 4 };

function sizes(lengths: number[]): number[] {
  return joinPieces(lengths, SHAPE).map((group) => group.reduce((sum, index) => sum + (lengths[index] as number), 0));
}

test('pieces keep their order, none is lost, and no segment is too long', () => {
  const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 * KIB }), fc.integer({ min: 1, max: MIB })));
  const shape = fc.record({
    segmentBytes: fc.constantFrom(BLOCK_BYTES, MIB),
    dataCount: fc.integer({ min: 1, max: 8 }),
  });
  fc.assert(
    fc.property(lengths, shape, (given, { segmentBytes, dataCount }) => {
      const cut = given.map((length) => Math.min(length, segmentBytes));
      const groups = joinPieces(cut, { segmentBytes, dataCount });
      assert.deepEqual(groups.flat(), [...cut.keys()]);
      for (const group of groups) {
        assert.ok(group.length > 0 && group.length <= RUNS_PER_SEGMENT_MAX);
        assert.ok(group.reduce((sum, index) => sum + (cut[index] as number), 0) <= segmentBytes);
      }
    }),
  );
});

test('small pieces fill a stripe of segments, but no segment is made for less than a block', () => {
  assert.deepEqual(sizes(new Array(256).fill(64 * KIB)), new Array(16).fill(MIB));
  assert.deepEqual(sizes(new Array(16).fill(64 * KIB)), new Array(4).fill(256 * KIB));
  assert.deepEqual(sizes(new Array(8).fill(4 * KIB)), [32 * KIB]);
  assert.deepEqual(sizes(new Array(1_000).fill(1)), [256, 256, 256, 232]);
  assert.deepEqual(sizes([]), []);
});

test('large pieces stay alone: coded together they take less space than one after the other', () => {
  assert.deepEqual(sizes([300 * KIB, 300 * KIB, 300 * KIB]), [300 * KIB, 300 * KIB, 300 * KIB]);
  assert.deepEqual(sizes([MIB, MIB]), [MIB, MIB]);
});
