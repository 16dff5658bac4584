import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_BYTES, encodeId, FILE_BYTES_MAX, TesseraError, v1 } from '@tessera/protocol';
import { Counters } from '../counters.js';
import type { Piece, ResolvedFile, StripeRecord } from '../get/resolved-file.js';
import { FILE_READ_BYTES_MAX, READ_RESTARTS_MAX } from '../limits.js';
import { Scopes } from '../scope.js';
import { ManualClock, settled } from '../testing/manual-clock.js';
import { ListReader } from './list-reader.js';
import { ArraysSink, RangePlaces, RangesSink } from './list-sinks.js';

const SEGMENT_BYTES = 4 * BLOCK_BYTES;

/** Byte o of a file. */
const byteAt = (offset: number, version: number) => (offset * 7 + version) % 251;

/** A file of whole segments, a shard each; what is read of it can be held up, and can fail. */
function setUp(segments: number) {
  const scope = new Scopes(new ManualClock(), 60_000).open('test');
  const world = {
    version: 1,
    locates: 0,
    reads: 0,
    underWay: 0,
    underWayMax: 0,
    frameBytes: undefined as number | undefined,
    pieces: 0,
    parts: 0,
    before: async (_segment: number): Promise<void> => {},
    onLocate: () => {},
  };
  const bytes = segments * SEGMENT_BYTES;
  const pieceOf = (segment: number): Piece => {
    const slot = { position: 0, length: SEGMENT_BYTES, root: 0n, state: v1.SlotState.SLOT_STATE_LIVE };
    const stripe = { pg: 1, stripe: encodeId(BigInt(segment)), dataCount: 1, parityCount: 0, slots: [slot] };
    const fileOffset = segment * SEGMENT_BYTES;
    return { fileOffset, length: SEGMENT_BYTES, segment: 1n, segmentOffset: 0, slot: 0, stripe };
  };
  const content = (from: number, to: number) => {
    const bytes = new Uint8Array(to - from);
    // Large reads are of the test that counts them.
    for (let index = 0; index < Math.min(bytes.length, BLOCK_BYTES); index++) {
      bytes[index] = byteAt(from + index, world.version);
    }
    return bytes;
  };
  const spans = {
    locate: async (_node: unknown, _spans: unknown, version: bigint | undefined) => {
      world.locates++;
      world.onLocate();
      if (version !== undefined && version !== BigInt(world.version)) throw new TesseraError('CHANGED', 'changed');
      const file = { bytes, contentVersion: BigInt(world.version), isInline: false, head: new Uint8Array() };
      const pieces = Array.from({ length: segments }, (_, segment) => pieceOf(segment));
      return { file: file as unknown as ResolvedFile, pieces };
    },
  };
  const stripes = {
    read: async (
      { stripe }: StripeRecord,
      _slot: number,
      from: number,
      to: number,
      _lost: boolean,
      _scope: unknown,
      frameBytesMax?: number,
    ) => {
      const segment = Number(Buffer.from(stripe).readBigUInt64BE());
      world.frameBytes = frameBytesMax;
      world.reads++;
      world.underWay += to - from;
      world.underWayMax = Math.max(world.underWayMax, world.underWay);
      try {
        await world.before(segment);
        return content(segment * SEGMENT_BYTES + from, segment * SEGMENT_BYTES + to);
      } finally {
        world.underWay -= to - from;
      }
    },
  };
  const pieces = {
    read: async (_file: ResolvedFile, piece: Piece) => {
      world.pieces++;
      return content(piece.fileOffset, piece.fileOffset + piece.length);
    },
  };
  const reader = {
    part: async (_node: unknown, offset: number, length: number) => {
      world.parts++;
      return content(offset, Math.max(offset, Math.min(bytes, offset + length)));
    },
  };
  const lists = new ListReader({ spans, stripes, pieces, reader, counters: new Counters() });
  return { world, lists, scope, bytes, content };
}

const ranges = [
  { offset: 3 * SEGMENT_BYTES - 10, length: 20 },
  { offset: 5, length: 0 },
  { offset: 0, length: 100 },
  { offset: 4 * SEGMENT_BYTES - 4, length: 100 },
  { offset: 50, length: 100 },
  { offset: 9 * SEGMENT_BYTES, length: 3 },
];

test('arrays and a buffer get what the file has, cut off at its end', async () => {
  const { world, lists, scope, bytes, content } = setUp(4);
  const places = new RangePlaces(ranges);
  const transfers = () => places.transfers();
  const arrays = new ArraysSink(places);
  await lists.read({ node: {}, transfers, bytesMin: 0, sink: arrays }, scope);
  const expected = ranges.map(({ offset, length }) =>
    content(offset, Math.max(offset, Math.min(bytes, offset + length))),
  );
  assert.deepEqual(arrays.arrays, expected);
  assert.equal(world.locates, 1);
  assert.equal(world.reads, 4);
  assert.ok((world.frameBytes ?? 0) > 0);
  const buffer = new Uint8Array(places.bytes).fill(99);
  const into = new RangesSink(buffer, places);
  await lists.read({ node: {}, transfers, bytesMin: bytes + 6, sink: into }, scope);
  assert.deepEqual(into.counts, [20, 0, 100, 10, 100, 0]);
  for (const [index, { length }] of ranges.entries()) {
    const start = places.startOf(index);
    const count = into.counts[index] as number;
    const zeros = index === 3 ? 6 : 0;
    assert.deepEqual(buffer.slice(start, start + count - zeros), expected[index], `range ${index}`);
    assert.ok(buffer.subarray(start + count - zeros, start + count).every((byte) => byte === 0));
    assert.ok(buffer.subarray(start + count, start + length).every((byte) => byte === 99));
  }
});

test('a file that changes is read again; one that always changes, range by range', async () => {
  const { world, lists, scope, content } = setUp(4);
  const places = new RangePlaces(ranges.slice(0, 5));
  const read = async () => {
    const sink = new ArraysSink(places);
    await lists.read({ node: {}, transfers: () => places.transfers(), bytesMin: 0, sink }, scope);
    return sink.arrays;
  };
  let changes = 1;
  world.before = async () => {
    if (changes === 0) return;
    changes--;
    world.version++;
    throw new TesseraError('CHANGED', 'changed');
  };
  assert.deepEqual((await read())[2], content(0, 100));
  assert.equal(world.locates, 2);
  changes = 100;
  assert.deepEqual((await read())[2], content(0, 100));
  assert.equal(world.locates, 2 + READ_RESTARTS_MAX + 1);
  assert.equal(world.parts, 4);
});

test('what has moved is looked for piece by piece', async () => {
  const { world, lists, scope, content } = setUp(4);
  world.before = async (segment) => {
    if (segment === 0) throw new TesseraError('NOT_FOUND', 'moved');
  };
  const places = new RangePlaces(ranges);
  const sink = new ArraysSink(places);
  await lists.read({ node: {}, transfers: () => places.transfers(), bytesMin: 0, sink }, scope);
  assert.deepEqual(sink.arrays[2], content(0, 100));
  assert.deepEqual(sink.arrays[4], content(50, 150));
  assert.equal(world.pieces, 1);
});

test('what is under way is bounded, and after a failure nothing is put any more', async () => {
  const { world, lists, scope } = setUp(300);
  const places = new RangePlaces([{ offset: 0, length: 300 * SEGMENT_BYTES }]);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let failing = false;
  world.before = async (segment) => {
    await held;
    if (failing && segment === 1) throw new TesseraError('CORRUPT', 'bad');
  };
  let puts = 0;
  const sink = { begin() {}, put: () => void puts++, clear() {}, cut() {} };
  const list = { node: {}, transfers: () => places.transfers(), bytesMin: 0, sink };
  const reading = lists.read(list, scope);
  await settled();
  assert.equal(world.underWay, FILE_READ_BYTES_MAX);
  release();
  await reading;
  assert.equal(puts, 300);
  assert.ok(world.underWayMax <= FILE_READ_BYTES_MAX);
  failing = true;
  puts = 0;
  await assert.rejects(lists.read(list, scope), { code: 'CORRUPT' });
  const putBefore = puts;
  assert.equal(world.underWay, 0);
  await settled();
  assert.equal(puts, putBefore);
});

test('a range for which there is no memory is refused', async () => {
  const { lists, scope } = setUp(1);
  const places = new RangePlaces([{ offset: 0, length: FILE_BYTES_MAX }]);
  const sink = new ArraysSink(places);
  const list = { node: {}, transfers: () => places.transfers(), sink };
  await assert.rejects(lists.read({ ...list, bytesMin: FILE_BYTES_MAX }, scope), { code: 'TOO_LARGE' });
  await lists.read({ ...list, bytesMin: 0 }, scope);
  assert.equal(sink.arrays[0]?.length, SEGMENT_BYTES);
});
