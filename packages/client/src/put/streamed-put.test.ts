import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LAYOUT, encodeId, formatRedundancy, TesseraError, type v1 } from '@tessera/protocol';
import { STREAM_UNCOMMITTED_BYTES_MAX } from '../limits.js';
import type { OperationSink } from '../metadata/batcher.js';
import { Scopes } from '../scope.js';
import { stripePolicy } from '../stripe/policy.js';
import { makeSegment } from '../stripe/segment.js';
import type { PlacedSegment } from '../stripe/waiting-segment.js';
import { ManualClock, settled } from '../testing/manual-clock.js';
import { SeededRandom } from '../testing/seeded-random.js';
import type { PlacedExtent } from './commit.js';
import { StreamedPut, type StreamTarget } from './streamed-put.js';

const SEGMENT_BYTES = 1024 * 1024;

/** A target that makes pieces durable when the test says so, and a metaserver that takes what follows in order. */
function setUp(pieceCount: number) {
  const clock = new ManualClock();
  const scope = new Scopes(clock, 600_000).open('put');
  const state = {
    held: 0,
    heldMax: 0,
    taken: 0,
    unsettled: 0,
    put: 0,
    staged: 0,
    published: -1,
    extended: 0,
    kept: '',
  };
  const writing: (() => void)[] = [];
  let refusals = 0;
  const pieces = Array.from({ length: pieceCount }, () => new Uint8Array(SEGMENT_BYTES));
  const source = {
    take: async (count: number) => {
      const part = pieces.slice(state.taken, state.taken + count);
      state.taken += part.length;
      state.held += part.length;
      state.heldMax = Math.max(state.heldMax, state.held);
      return part;
    },
    release: () => {
      state.held--;
    },
  };
  const submit = async (kind: string, request: v1.ExtendOperation.$Properties & v1.PublishOperation.$Properties) => {
    if (kind === 'stage') {
      state.staged++;
      return { inode: encodeId(5n), layout: { redundancy: { data: 6, parity: 3 } } };
    }
    if (kind === 'publish') {
      state.published = Number(request.bytes);
      return { attributes: {} };
    }
    if (refusals > 0) {
      refusals--;
      throw new TesseraError('LEASE_CLOSED', 'too late');
    }
    for (const extent of request.extents ?? []) {
      assert.equal(extent.fileOffset, state.extended, 'in order');
      state.extended += extent.length ?? 0;
    }
    return {};
  };
  const place = (bytes: Uint8Array, fileOffset: number): PlacedExtent => {
    state.unsettled++;
    const stripe = { id: { pg: 1, stripe: encodeId(1n) }, wire: {}, protection: 'full' };
    const placed = { segment: makeSegment(bytes), stripe, slot: 0, holds: false } as unknown as PlacedSegment;
    return { fileOffset, placed };
  };
  const target: StreamTarget = {
    scope,
    batcher: { submit } as unknown as OperationSink,
    directory: { path: new Uint8Array(), layout: DEFAULT_LAYOUT, policy: stripePolicy(DEFAULT_LAYOUT), exists: true },
    name: {},
    keepLayout: (layout) => {
      state.kept = formatRedundancy(layout.redundancy);
    },
    stripeBytes: 4 * SEGMENT_BYTES,
    stagingDirectory: new Uint8Array(),
    settle: () => {
      state.unsettled--;
    },
    rewrite: async (extents) => extents.map(({ fileOffset, placed }) => place(placed.segment.bytes, fileOffset)),
    submitPut: async ({ bytes }) => {
      state.put = Number(bytes);
      return { attributes: {} };
    },
    write: (parts, fileOffset) =>
      parts.map((bytes, index) => {
        const at = fileOffset + index * SEGMENT_BYTES;
        return new Promise((resolve) => writing.push(() => resolve(place(bytes, at))));
      }),
  };
  const put = new StreamedPut(target, source);
  const run = async () => put.run(await source.take(4));
  return {
    run,
    scope,
    state,
    writing,
    refuse: (times: number) => {
      refusals = times;
    },
  };
}

/** Makes pieces durable in a random order until nothing is being written any more. */
async function finishWrites(writing: (() => void)[], seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  await settled();
  while (writing.length > 0) {
    const [done] = writing.splice(random.uint32() % writing.length, 1);
    done?.();
    await settled();
  }
}

test('what ends before half the bound is ready is one commit', async () => {
  const { run, state, writing } = setUp(15);
  const running = run();
  await finishWrites(writing, 1);
  await running;
  assert.equal(state.put, 15 * SEGMENT_BYTES);
  assert.deepEqual([state.staged, state.held, state.unsettled], [0, 0, 0]);
});

test('a long stream is staged in order, holds a bounded part and is published whole', async () => {
  for (const seed of [1, 2, 3]) {
    const { run, state, writing } = setUp(150);
    const running = run();
    await finishWrites(writing, seed);
    await running;
    assert.equal(state.staged, 1);
    assert.equal(state.kept, 'rs-6-3', 'it goes by the layout that the staged file has');
    assert.equal(state.extended, 150 * SEGMENT_BYTES);
    assert.equal(state.published, 150 * SEGMENT_BYTES);
    // One stripe more was taken from the source and waits for room.
    assert.ok(state.heldMax * SEGMENT_BYTES <= STREAM_UNCOMMITTED_BYTES_MAX + 4 * SEGMENT_BYTES, `${state.heldMax}`);
    assert.deepEqual([state.held, state.unsettled], [0, 0]);
  }
});

test('a refused extend is written again', async () => {
  const { run, state, writing, refuse } = setUp(80);
  refuse(2);
  const running = run();
  await finishWrites(writing, 4);
  await running;
  assert.equal(state.published, 80 * SEGMENT_BYTES);
  assert.equal(state.unsettled, 0);
});

test('a put that ends before it is done settles what was placed', async () => {
  const { run, scope, state, writing } = setUp(150);
  const running = assert.rejects(run(), { code: 'CANCELLED' });
  await settled();
  for (const done of writing.splice(3, 20)) done();
  await settled();
  scope.end(new TesseraError('CANCELLED', 'no more'));
  await running;
  for (const done of writing.splice(0)) done();
  await settled();
  assert.equal(state.unsettled, 0);
  assert.equal(state.published, -1);
});
