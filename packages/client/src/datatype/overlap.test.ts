import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  bytes,
  checkWritable,
  contiguous,
  hindexed,
  hvector,
  OVERLAP_RANGES_MAX,
  overlaps,
  resized,
  struct,
  subarray,
  vector,
  view,
} from './index.js';
import { row, stream, twinFrom } from './testing/naive.js';

const anyTwin = fc.uint8Array({ minLength: 60, maxLength: 60 }).map(twinFrom);
const filledTwin = anyTwin.filter(({ real }) => real.size > 0);

/** Nothing that the twins have lies below 0 from here on. */
const HIGH = 1_000_000;

function anyTwice(places: readonly number[]): boolean {
  return new Set(places).size < places.length;
}

test('copies overlap exactly when some byte is there twice', () => {
  let yes = 0;
  let no = 0;
  fc.assert(
    fc.property(anyTwin, fc.nat({ max: 4 }), ({ naive, real }, count) => {
      const expected = anyTwice(row(naive, count).data);
      if (expected) yes++;
      else no++;
      assert.equal(overlaps(real, count), expected);
    }),
    { numRuns: 600 },
  );
  assert.ok(yes > 50 && no > 50, `${yes} overlap, ${no} do not: both must be tried`);
});

test('a write is refused exactly when it would write a byte twice', () => {
  fc.assert(
    fc.property(filledTwin, fc.nat({ max: 800 }), fc.nat({ max: 300 }), ({ naive, real }, position, length) => {
      const twice = anyTwice(stream(naive, HIGH, position + length).slice(position));
      const write = () => checkWritable(view(real, HIGH), position, length);
      if (twice) assert.throws(write, { code: 'INVALID_ARGUMENT', message: /some byte more than once/ });
      else write();
    }),
    { numRuns: 600 },
  );
});

test('no list is made of what the structure proves, however large', () => {
  // The columns of a matrix of 2^20 by 2^20 doubles, one after the other: a transposition.
  const column = resized(vector(2 ** 20, 1, 2 ** 20, bytes(8)), 0, 8);
  assert.equal(overlaps(contiguous(2 ** 20, column)), false);
  assert.equal(overlaps(hvector(2 ** 20, 1, -(2 ** 23), hvector(2 ** 20, 1, 8, bytes(8)))), false);
  const eighth = resized(bytes(4_096), 0, 8 * 4_096);
  checkWritable(view(eighth, 4_096), 0, 2 ** 40);
  const volume = subarray({ sizes: [2 ** 12, 2 ** 12, 2 ** 12], subsizes: [99, 98, 97], starts: [1, 2, 3] }, bytes(2));
  assert.equal(overlaps(volume, 1_000), false);
  // Two fields of each of a million records, the second field's list after the first's.
  const fields = struct([
    { type: hvector(500_000, 1, 8, bytes(4)), offset: 0 },
    { type: hvector(500_000, 1, 8, bytes(4)), offset: 4_000_000 },
  ]);
  assert.equal(overlaps(fields, 1_000_000), false);
  // One copy has nothing to lie on, whatever its extent.
  assert.equal(overlaps(resized(hvector(2 ** 40, 1, 8, bytes(4)), 0, 0)), false);
});

test('more bytes than places overlap for certain, also without a list', () => {
  assert.equal(overlaps(hvector(2 ** 40, 1, 1, bytes(3))), true);
  assert.throws(() => checkWritable(view(resized(bytes(8), 0, 7)), 0, 2 ** 40), {
    message: /some byte more than once/,
  });
});

test('a part of a datatype may be written although the whole overlaps', () => {
  const type = hindexed([4, 4], [0, 2], bytes(1));
  checkWritable(view(type), 0, 4);
  checkWritable(view(type), 4, 4);
  assert.throws(() => checkWritable(view(type), 0, 5), { code: 'INVALID_ARGUMENT' });
});

test('interleaved lists are compared, up to a limit that says what to do', () => {
  const interleaved = (count: number, second: number) =>
    struct([
      { type: hvector(count, 1, 8, bytes(4)), offset: 0 },
      { type: hvector(count, 1, 8, bytes(4)), offset: second },
    ]);
  assert.equal(overlaps(interleaved(1_000, 4)), false);
  assert.equal(overlaps(interleaved(1_000, 3)), true);
  assert.throws(() => overlaps(interleaved(OVERLAP_RANGES_MAX, 4)), {
    code: 'INVALID_ARGUMENT',
    message: /cannot be told from its structure, and it has more than 1048576 ranges; write it in parts/,
  });
});

test('a write outside of what a file can have is refused', () => {
  const type = hindexed([1], [-1], bytes(1));
  assert.throws(() => checkWritable(view(type), 0, 1), { code: 'INVALID_ARGUMENT', message: /before the start/ });
  checkWritable(view(type, 1), 0, 1);
});
