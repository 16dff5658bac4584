import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from '@tessera/protocol';
import fc from 'fast-check';
import { Scopes } from '../scope.js';
import { ManualClock } from '../testing/manual-clock.js';
import { SegmentCutter } from './segment-cutter.js';

function setUp(chunks: AsyncIterable<Uint8Array>, segmentBytes: number) {
  const scope = new Scopes(new ManualClock(), 60_000).open('put');
  const pool = new BufferPool({ retainedBytesMax: 1 << 20 });
  return { scope, cutter: new SegmentCutter(chunks, segmentBytes, pool, scope) };
}

async function* each(chunks: readonly Uint8Array[]) {
  for (const chunk of chunks) yield chunk;
}

test('whatever the chunks, the segments are whole but the last and hold the same bytes', async () => {
  const chunkLists = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(chunkLists, fc.integer({ min: 1, max: 64 }), async (chunks, segmentBytes) => {
      const { cutter } = setUp(each(chunks), segmentBytes);
      const segments: Uint8Array[] = [];
      for (let next = await cutter.next(); next !== undefined; next = await cutter.next()) segments.push(next);
      assert.deepEqual(Buffer.concat(segments), Buffer.concat(chunks));
      for (const segment of segments.slice(0, -1)) assert.equal(segment.length, segmentBytes);
      assert.equal(await cutter.next(), undefined);
    }),
  );
});

test('a producer may use its chunk again', async () => {
  const chunk = new Uint8Array(8);
  async function* reusing() {
    for (let value = 1; value <= 4; value++) yield chunk.fill(value);
  }
  const { cutter } = setUp(reusing(), 12);
  assert.deepEqual([...((await cutter.next()) ?? [])], [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2]);
  assert.deepEqual([...((await cutter.next()) ?? [])], [2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3]);
});

test('a stream that fails cancels the put and says why', async () => {
  async function* failing() {
    yield new Uint8Array(3);
    throw new Error('scanner unplugged');
  }
  const { cutter } = setUp(failing(), 100);
  await assert.rejects(cutter.next(), { code: 'CANCELLED', message: /scanner unplugged/ });
});

test('a stream that hangs ends with the scope, and is told that nobody reads on', async () => {
  let returned = false;
  const hanging: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: async () => {
        returned = true;
        return { done: true, value: undefined };
      },
    }),
  };
  const clock = new ManualClock();
  const scope = new Scopes(clock, 1_000).open('put');
  const cutter = new SegmentCutter(hanging, 10, new BufferPool({ retainedBytesMax: 0 }), scope);
  const next = assert.rejects(cutter.next(), { code: 'DEADLINE_EXCEEDED' });
  await clock.advance(2_000);
  await next;
  cutter.close();
  assert.ok(returned);
});

test('something other than bytes is refused', async () => {
  async function* strings() {
    yield 'text' as unknown as Uint8Array;
  }
  await assert.rejects(setUp(strings(), 10).cutter.next(), { code: 'INVALID_ARGUMENT' });
});
