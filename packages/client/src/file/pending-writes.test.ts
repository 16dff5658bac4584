import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from '@tessera/protocol';
import fc from 'fast-check';
import type { PlacedExtent } from '../put/commit.js';
import { PendingWrites } from './pending-writes.js';

const SEGMENT_BYTES = 64;

function setUp() {
  const abandoned: Promise<PlacedExtent>[] = [];
  const pending = new PendingWrites({
    segmentBytes: SEGMENT_BYTES,
    pool: new BufferPool({ retainedBytesMax: 0 }),
    abandon: (written) => abandoned.push(written),
  });
  return { pending, abandoned };
}

const never = () => new Promise<PlacedExtent>(() => {});

test('the latest write of each byte is what is pending, also over runs that are on their way', () => {
  const writes = fc.array(
    fc.record({ offset: fc.nat(500), length: fc.integer({ min: 1, max: 200 }), send: fc.boolean() }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(writes, fc.nat(700), fc.nat(700), (steps, a, b) => {
      const { pending } = setUp();
      const model = new Map<number, number>();
      const sent: { bytes: Uint8Array; copy: Uint8Array }[] = [];
      for (const [index, { offset, length, send }] of steps.entries()) {
        const value = index + 1;
        const data = new Uint8Array(length).fill(value);
        pending.put(offset, data);
        data.fill(255);
        for (let at = offset; at < offset + length; at++) model.set(at, value);
        if (!send) continue;
        for (const run of pending.takeFull(1)) {
          run.written = never();
          const bytes = run.buffer.subarray(0, run.length);
          sent.push({ bytes, copy: bytes.slice() });
        }
      }
      let end = -1;
      for (const run of pending.runs) {
        assert.ok(run.offset >= end && run.length > 0);
        end = run.offset + run.length;
        assert.ok(run.length <= run.buffer.length);
        assert.equal(Math.floor(run.offset / SEGMENT_BYTES), Math.floor((end - 1) / SEGMENT_BYTES), 'in one stretch');
      }
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const found = new Map<number, number>();
      for (const { offset, bytes } of pending.overlay(from, to)) {
        bytes.forEach((value, index) => void found.set(offset + index, value));
      }
      const expected = [...model].filter(([at]) => at >= from && at < to).sort(([x], [y]) => x - y);
      assert.deepEqual([...found], expected);
      assert.equal(pending.end, Math.max(0, ...[...model.keys()].map((at) => at + 1)));
      for (const { bytes, copy } of sent) assert.deepEqual(bytes, copy, 'what is on its way does not change');
    }),
    { numRuns: 300 },
  );
});

test('sequential writes of any length become whole segments, a stripe at a time', () => {
  const { pending } = setUp();
  for (let offset = 0; offset < 10 * SEGMENT_BYTES; offset += 7) pending.put(offset, new Uint8Array(7).fill(offset));
  assert.deepEqual(
    pending.takeFull(4).map(({ offset }) => offset / SEGMENT_BYTES),
    [0, 1, 2, 3, 4, 5, 6, 7],
  );
  assert.deepEqual(pending.takeFull(4), []);
  assert.equal(pending.takeFull(2).length, 2);
  assert.equal(pending.runs.length, 11);
});

test('what is written over on its way is taken back, and is whole again', () => {
  const { pending, abandoned } = setUp();
  pending.put(0, new Uint8Array(SEGMENT_BYTES).fill(1));
  const [run] = pending.takeFull(1);
  const written = never();
  if (run !== undefined) run.written = written;
  pending.put(10, new Uint8Array(5).fill(2));
  assert.deepEqual(abandoned, [written]);
  assert.equal(pending.takeFull(1).length, 1);
  assert.equal(pending.overlay(0, 100)[0]?.bytes[10], 2);
  pending.discard();
  assert.equal(pending.isEmpty, true);
  assert.deepEqual(abandoned, [written]);
});
