import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  bytes,
  contiguous,
  hindexed,
  hvector,
  resized,
  spanOf,
  type View,
  ViewCursor,
  view,
  viewRanges,
} from './index.js';
import { stream, twinFrom } from './testing/naive.js';

const filledTwin = fc
  .uint8Array({ minLength: 60, maxLength: 60 })
  .map(twinFrom)
  .filter(({ real }) => real.size > 0);

function touched(ranges: Iterable<{ offset: number; length: number }>): number[] {
  return [...ranges].flatMap(({ offset, length }) => Array.from({ length }, (_, index) => offset + index));
}

const BYTES_MAX = Number.MAX_SAFE_INTEGER;
/** High enough that nothing that the twins have lies below 0. */
const displacement = fc.integer({ min: 1_000_000, max: 1_000_100 });
const part = fc.tuple(filledTwin, displacement, fc.nat({ max: 400 }), fc.integer({ min: 1, max: 200 }));

test('any part of the stream lies where the bytes of the copies say', () => {
  fc.assert(
    fc.property(part, ([{ naive, real }, at, position, length]) => {
      const expected = stream(naive, at, position + length).slice(position);
      const ranges = [...viewRanges(view(real, at), position, length)];
      assert.deepEqual(touched(ranges), expected);
      for (const [index, range] of ranges.entries()) {
        const before = ranges[index - 1];
        if (before !== undefined) assert.notEqual(range.offset, before.offset + before.length);
      }
    }),
    { numRuns: 300 },
  );
});

test('the span is from the lowest byte to the highest', () => {
  fc.assert(
    fc.property(part, ([{ naive, real }, at, position, length]) => {
      const expected = stream(naive, at, position + length).slice(position);
      const { start, end } = spanOf(view(real, at), position, length);
      assert.deepEqual([start, end], [Math.min(...expected), Math.max(...expected) + 1]);
    }),
    { numRuns: 300 },
  );
});

test('the span counts what lies in the middle of a part', () => {
  // Of each pair the second byte lies beyond the next ones: bytes 100, 10, 110, 20, 120, 30.
  const pairs = hvector(4, 1, 10, hindexed([1, 1], [0, 100], bytes(1)));
  assert.deepEqual(spanOf(view(pairs), 1, 6), { start: 10, end: 121 });
  const back = hvector(4, 1, -10, hindexed([1, 1], [0, 100], bytes(1)));
  assert.deepEqual(spanOf(view(back, 50), 1, 6), { start: 20, end: 151 });
  const copies = resized(hindexed([1, 1], [0, 100], bytes(1)), 0, 10);
  assert.deepEqual(spanOf(view(copies), 1, 6), { start: 10, end: 121 });
});

test('a cursor stops anywhere and goes on, from wherever it is told', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.option(fc.nat({ max: 500 }), { freq: 5 })), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(filledTwin, displacement, steps, ({ naive, real }, at, moves) => {
      const expected = stream(naive, at, 500 + 30 * 40);
      const cursor = new ViewCursor(view(real, at));
      for (const [lengthMax, jump] of moves) {
        if (jump !== null) cursor.seek(jump);
        const { position } = cursor;
        const { offset, length } = cursor.next(lengthMax);
        assert.ok(length >= 1 && length <= lengthMax);
        assert.equal(cursor.position, position + length);
        const wanted = expected.slice(position, position + length);
        assert.deepEqual(touched([{ offset, length }]), wanted);
        // As long as it can be.
        if (length < lengthMax) assert.notEqual(expected[position + length], offset + length);
      }
    }),
    { numRuns: 200 },
  );
});

test('bytes before the start are refused, before any range is made, and only those', () => {
  fc.assert(
    fc.property(part, ([{ naive, real }, , position, length]) => {
      const lowest = Math.min(...stream(naive, 0, position + length).slice(position));
      const access = (at: number) => viewRanges(view(real, at), position, length);
      if (lowest > 0) return;
      access(-lowest);
      if (lowest < 0) {
        assert.throws(() => access(-lowest - 1), {
          code: 'INVALID_ARGUMENT',
          message: /begins at -1, before the start; place the datatype higher, at displacement \+ 1/,
        });
      }
    }),
    { numRuns: 300 },
  );
});

test('a view of bytes is the file itself, and any part of it is one range', () => {
  const all = view(bytes(1), 100);
  assert.deepEqual([...viewRanges(all, 5, 2 ** 40)], [{ offset: 105, length: 2 ** 40 }]);
  const halves = view(hindexed([4, 4], [0, 4], bytes(1)));
  assert.deepEqual([...viewRanges(halves, 0, 2 ** 40)], [{ offset: 0, length: 2 ** 40 }]);
  const cursor = new ViewCursor(all, 7);
  assert.deepEqual(cursor.next(10), { offset: 107, length: 10 });
  assert.deepEqual(cursor.next(2 ** 50), { offset: 117, length: 2 ** 50 });
  assert.equal(cursor.position, 17 + 2 ** 50);
});

test('the end of one copy joins the start of the next', () => {
  // In each copy of 6 bytes: 4…5, then, in the next copy, 0…3.
  const type = resized(hindexed([4, 2], [6, 4], bytes(1)), 0, 6);
  assert.deepEqual(
    [...viewRanges(view(type), 0, 12)],
    [
      { offset: 6, length: 4 },
      { offset: 4, length: 2 },
      { offset: 12, length: 4 },
      { offset: 10, length: 2 },
    ],
  );
  const inOrder = resized(hindexed([2, 4], [4, 6], bytes(1)), 0, 6);
  assert.deepEqual([...viewRanges(view(inOrder), 0, 12)], [{ offset: 4, length: 12 }]);
});

test('the middle of a huge view is found at once', () => {
  // Process 3 of 8 takes every eighth block of 64 KiB.
  const mine = view(resized(bytes(65_536), 0, 8 * 65_536), 3 * 65_536);
  const position = 65_536 * 1e9 + 5;
  assert.deepEqual(
    [...viewRanges(mine, position, 65_536)],
    [
      { offset: 3 * 65_536 + 8 * 65_536 * 1e9 + 5, length: 65_531 },
      { offset: 3 * 65_536 + 8 * 65_536 * (1e9 + 1), length: 5 },
    ],
  );
  const nested = view(hvector(2 ** 20, 1, 2 ** 31, hvector(2 ** 20, 1, 2_048, bytes(1))));
  assert.deepEqual(spanOf(nested, 2 ** 39 + 1, 2), {
    start: 2 ** 19 * 2 ** 31 + 2_048,
    end: 2 ** 19 * 2 ** 31 + 4_097,
  });
});

function refused(make: () => unknown, message: RegExp): void {
  assert.throws(make, { code: 'INVALID_ARGUMENT', message });
}

test('the last byte that a file can have is in reach, the next is not', () => {
  const last: View = view(bytes(1), BYTES_MAX - 1);
  assert.deepEqual([...viewRanges(last, 0, 1)], [{ offset: BYTES_MAX - 1, length: 1 }]);
  const past = /past byte 9007199254740991 \(2\^53 − 1\)/;
  refused(() => viewRanges(last, 0, 2), past);
  refused(() => viewRanges(last, 1, 1), past);
  refused(() => spanOf(view(bytes(8), 8), BYTES_MAX - 8, 8), past);
  refused(() => spanOf(view(contiguous(1, resized(bytes(1), 0, 2 ** 40))), 2 ** 14, 1), past);
  refused(() => spanOf(view(bytes(1)), BYTES_MAX, 1), past);
  const cursor = new ViewCursor(last);
  // As much as there is, then the refusal.
  assert.deepEqual(cursor.next(100), { offset: BYTES_MAX - 1, length: 1 });
  refused(() => cursor.next(1), past);
});

test('a cursor hands out what there is before it refuses what lies behind', () => {
  const cursor = new ViewCursor(view(hvector(3, 1, 10, bytes(4)), BYTES_MAX - 12));
  assert.deepEqual(cursor.next(100), { offset: BYTES_MAX - 12, length: 4 });
  assert.deepEqual(cursor.next(100), { offset: BYTES_MAX - 2, length: 2 });
  refused(() => cursor.next(100), /past byte 9007199254740991/);
});

test('a view without bytes has none to give', () => {
  const empty = view(bytes(0), 5);
  assert.deepEqual([...viewRanges(empty, 0, 0)], []);
  assert.deepEqual(spanOf(empty, 0, 0), { start: 5, end: 5 });
  refused(() => viewRanges(empty, 0, 1), /1 bytes are asked for, but its datatype has no bytes/);
  refused(() => new ViewCursor(empty).next(1), /its datatype has no bytes/);
  refused(() => new ViewCursor(empty, 1), /position 1 is asked for/);
  refused(() => new ViewCursor(view(bytes(1))).next(0), /lengthMax is 0/);
  refused(() => viewRanges(view(bytes(1)), -1, 1), /position is -1/);
  refused(() => viewRanges(view(bytes(1)), 0, 0.5), /length is 0.5/);
});
