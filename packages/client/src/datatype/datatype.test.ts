import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytes, contiguous, flatten, hindexed, hvector, indexed, resized, struct, subarray, vector } from './index.js';
import { extentOf, lowerOf, twinFrom, upperOf } from './testing/naive.js';

const anyTwin = fc.uint8Array({ minLength: 60, maxLength: 60 }).map(twinFrom);

function byteList(type: Parameters<typeof flatten>[0]): number[] {
  return [...flatten(type)].flatMap(({ offset, length }) => Array.from({ length }, (_, index) => offset + index));
}

test('any datatype has the bytes, in the order, and the bounds that the definitions say', () => {
  fc.assert(
    fc.property(anyTwin, ({ naive, real }) => {
      assert.deepEqual(byteList(real), naive.data);
      assert.equal(real.size, naive.data.length);
      assert.equal(real.lowerBound, lowerOf(naive));
      assert.equal(real.upperBound, upperOf(naive));
      assert.equal(real.extent, extentOf(naive));
      const [low, high] = naive.data.length === 0 ? [0, 0] : [Math.min(...naive.data), Math.max(...naive.data) + 1];
      assert.equal(real.trueLowerBound, low);
      assert.equal(real.trueUpperBound, high);
      assert.equal(real.trueExtent, high - low);
    }),
    { numRuns: 1_000 },
  );
});

test('ranges that touch are one, and none is empty', () => {
  fc.assert(
    fc.property(anyTwin, ({ real }) => {
      let end = Number.NaN;
      for (const { offset, length } of flatten(real)) {
        assert.ok(length > 0);
        assert.notEqual(offset, end);
        end = offset + length;
      }
    }),
  );
});

// A double at 0 and a char at 8, padded to 16: the datatype that the MPI standard explains the constructors with.
const element = resized(
  struct([
    { type: bytes(8), offset: 0 },
    { type: bytes(1), offset: 8 },
  ]),
  0,
  16,
);

function starts(type: Parameters<typeof flatten>[0]): number[] {
  return [...flatten(type)].map(({ offset }) => offset);
}

test('the examples of the MPI standard', () => {
  assert.deepEqual(starts(contiguous(3, element)), [0, 16, 32]);
  assert.deepEqual(starts(vector(2, 3, 4, element)), [0, 16, 32, 64, 80, 96]);
  assert.deepEqual(starts(vector(3, 1, -2, element)), [0, -32, -64]);
  assert.deepEqual(starts(indexed([3, 1], [4, 0], element)), [64, 80, 96, 0]);
  const fields = struct([
    { type: bytes(4), offset: 0, count: 2 },
    { type: element, offset: 16 },
    { type: bytes(1), offset: 26, count: 3 },
  ]);
  assert.deepEqual(
    [...flatten(fields)],
    [
      { offset: 0, length: 8 },
      { offset: 16, length: 9 },
      { offset: 26, length: 3 },
    ],
  );
  // Markers: (lb, −3), (int, 0), (int, 9), (ub, 15).
  const marked = contiguous(2, resized(bytes(4), -3, 9));
  assert.deepEqual([marked.lowerBound, marked.upperBound, marked.extent], [-3, 15, 18]);
  assert.deepEqual([marked.trueLowerBound, marked.trueUpperBound], [0, 13]);
});

test('marked bounds decide over those of data, wherever that lies', () => {
  const fields = struct([
    { type: resized(bytes(4), 0, 16), offset: 0 },
    { type: bytes(8), offset: 100 },
  ]);
  assert.deepEqual([fields.lowerBound, fields.upperBound, fields.trueUpperBound], [0, 16, 108]);
});

test('a box of a volume, in C order', () => {
  // 4 slices of 3 rows of 5 voxels of 2 bytes; slices 1…2, rows 1…2, columns 2…4.
  const type = subarray({ sizes: [4, 3, 5], subsizes: [2, 2, 3], starts: [1, 1, 2] }, bytes(2));
  assert.deepEqual(
    [...flatten(type)],
    [
      { offset: 44, length: 6 },
      { offset: 54, length: 6 },
      { offset: 74, length: 6 },
      { offset: 84, length: 6 },
    ],
  );
  assert.equal(type.extent, 120);
  const slices = subarray({ sizes: [4, 3, 5], subsizes: [2, 3, 5], starts: [1, 0, 0] }, bytes(2));
  assert.deepEqual([...flatten(slices)], [{ offset: 30, length: 60 }]);
});

test('repetitions of repetitions are one only where their steps fit', () => {
  const pair = hvector(2, 1, 4, bytes(1));
  assert.deepEqual(starts(hvector(2, 1, 8, pair)), [0, 4, 8, 12]);
  assert.deepEqual(starts(hvector(2, 1, 9, pair)), [0, 4, 9, 13]);
  assert.deepEqual(starts(hvector(2, 1, -8, pair)), [0, 4, -8, -4]);
  assert.deepEqual(starts(hvector(2, 1, -8, hvector(2, 1, -4, bytes(1)))), [0, -4, -8, -12]);
});

test('a datatype of a million million ranges is made, and its first ranges are, at once', () => {
  const type = hvector(1e6, 1, 2 ** 30, hvector(1e6, 1, 1_000, bytes(10)));
  assert.equal(type.size, 1e13);
  const ranges = flatten(type);
  assert.deepEqual(ranges.next().value, { offset: 0, length: 10 });
  assert.deepEqual(ranges.next().value, { offset: 1_000, length: 10 });
});

test('a long list of blocks keeps the order given', () => {
  const places = Array.from({ length: 100_000 }, (_, index) => ((index * 7_919) % 100_000) * 4_096);
  const type = hindexed(new Float64Array(places.length).fill(4), places, bytes(1));
  assert.deepEqual(starts(type), places);
});

test('what is made can be shared: nobody can change it', () => {
  const type = vector(2, 1, 2, bytes(4));
  assert.throws(() => Object.assign(type, { size: 0 }), TypeError);
  const lengths = [1, 2];
  const list = indexed(lengths, [0, 5], bytes(1));
  lengths[1] = 100;
  assert.equal(list.size, 3);
});
