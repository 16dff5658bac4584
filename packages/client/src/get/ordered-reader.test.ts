import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_BYTES, encodeId, TesseraError, v1 } from '@tessera/protocol';
import fc from 'fast-check';
import {
  READ_AHEAD_BYTES_MAX,
  READ_AHEAD_FIRST_BYTES,
  READ_AHEAD_TOTAL_BYTES_MAX,
  STREAM_SCARCE_BYTES,
} from '../limits.js';
import { Scopes } from '../scope.js';
import { ManualClock, settled } from '../testing/manual-clock.js';
import { OrderedReader } from './ordered-reader.js';
import { ReadBudget } from './read-budget.js';
import type { Piece, ResolvedFile } from './resolved-file.js';

const MIB = 1024 * 1024;

/** A file of pieces of 1 MiB at even distances; byte o of the file is o mod 251 where there is one. */
function setUp(options: { budgetBytes?: number; pieces?: number; gapBytes?: number; segmentOffset?: number } = {}) {
  const { pieces: count = 40, gapBytes = 0, segmentOffset = 0 } = options;
  const scope = new Scopes(new ManualClock(), 60_000).open('test');
  const budget = new ReadBudget(options.budgetBytes);
  const slot = { position: 0, length: 2 * MIB, root: 0n, state: v1.SlotState.SLOT_STATE_LIVE };
  const stripe = { pg: 1, stripe: encodeId(1n), dataCount: 1, parityCount: 0, slots: [slot] };
  const all = Array.from({ length: count }, (_, index): Piece => {
    const fileOffset = index * (MIB + gapBytes);
    return { fileOffset, length: MIB, segment: 1n, segmentOffset, slot: 0, stripe };
  });
  const world = { reads: 0, lengths: [] as number[], failing: false };
  const pieces = {
    block: async () => undefined,
    read: async (_file: ResolvedFile, piece: Piece) => {
      world.reads++;
      world.lengths.push(piece.length);
      if (world.failing) throw new TesseraError('UNAVAILABLE', 'away');
      const bytes = new Uint8Array(piece.length);
      bytes[0] = piece.fileOffset % 251;
      bytes[bytes.length - 1] = (piece.fileOffset + piece.length - 1) % 251;
      return bytes;
    },
  };
  const resolver = {
    pieces: async function* () {
      yield* all;
    },
  };
  const reader = new OrderedReader({ resolver, pieces, budget });
  const file = { isInline: false, head: new Uint8Array() } as unknown as ResolvedFile;
  const open = () => reader.read(file, 0, count * (MIB + gapBytes), scope);
  return { budget, world, open };
}

test('a stream reads ahead a little at first, then as far as it is consumed, up to its limit', async () => {
  const { budget, world, open } = setUp();
  const stream = open();
  const first = stream.next();
  await settled();
  assert.equal(world.reads * MIB, READ_AHEAD_FIRST_BYTES);
  await first;
  for (let piece = 1; piece < 20; piece++) await stream.next();
  await settled();
  assert.equal(budget.usedBytes, READ_AHEAD_BYTES_MAX);
  await stream.return(undefined);
  await settled();
  assert.equal(budget.usedBytes, 0);
});

test('ten thousand slow readers hold the budget, and a block each', async () => {
  const { budget, world, open } = setUp({ pieces: 3 });
  const streams = Array.from({ length: 10_000 }, () => open());
  let handedOut = 0;
  for (const stream of streams) {
    const { value } = await stream.next();
    // What is of a piece that the budget counts is counted there.
    if ((value as Uint8Array).length <= STREAM_SCARCE_BYTES) handedOut += (value as Uint8Array).byteLength;
    assert.ok(budget.usedBytes <= READ_AHEAD_TOTAL_BYTES_MAX);
  }
  assert.ok(handedOut <= 10_000 * STREAM_SCARCE_BYTES);
  assert.ok(handedOut >= 9_000 * STREAM_SCARCE_BYTES);
  assert.ok(world.reads < 10_300, `${world.reads} reads`);
  // Once others have gone, who is left gets more again.
  await Promise.all(streams.slice(0, 9_999).map((stream) => stream.return(undefined)));
  await settled();
  assert.equal(budget.usedBytes, 0);
  const last = streams.at(-1) as ReturnType<typeof open>;
  world.lengths.length = 0;
  await last.next();
  await last.next();
  await settled();
  assert.ok(world.lengths.includes(MIB - STREAM_SCARCE_BYTES), 'the rest of the piece in one');
  await last.return(undefined);
});

test('in small parts or large ones, the bytes are the same, and all is given back', async () => {
  const shapes = fc.record({
    budgetBytes: fc.constantFrom(0, MIB - 1, MIB, 3 * MIB, 100 * MIB),
    pieces: fc.integer({ min: 1, max: 4 }),
    gapBytes: fc.constantFrom(0, 10, STREAM_SCARCE_BYTES + 1),
    segmentOffset: fc.constantFrom(0, 1, BLOCK_BYTES - 1, BLOCK_BYTES),
  });
  await fc.assert(
    fc.asyncProperty(shapes, async (shape) => {
      const { budget, open } = setUp(shape);
      let at = 0;
      for await (const bytes of open()) {
        const inPiece = at % (MIB + shape.gapBytes);
        assert.equal(bytes[0], inPiece < MIB ? at % 251 : 0);
        at += bytes.length;
        const last = (at - 1) % (MIB + shape.gapBytes);
        assert.equal(bytes[bytes.length - 1], last < MIB ? (at - 1) % 251 : 0);
        assert.ok(budget.usedBytes <= shape.budgetBytes);
      }
      assert.equal(at, shape.pieces * (MIB + shape.gapBytes));
      await settled();
      assert.equal(budget.usedBytes, 0);
    }),
    { numRuns: 40 },
  );
});

test('a failure ends the stream and gives everything back', async () => {
  const { budget, world, open } = setUp();
  const stream = open();
  await stream.next();
  world.failing = true;
  await assert.rejects(
    async () => {
      for (;;) if ((await stream.next()).done) return;
    },
    { code: 'UNAVAILABLE' },
  );
  await settled();
  assert.equal(budget.usedBytes, 0);
});

test('open files give way to streams', () => {
  const budget = new ReadBudget(10);
  let dropped = 0;
  const holder = {
    dropAhead: () => {
      dropped++;
      budget.give(6);
      budget.leave(holder);
    },
  };
  assert.equal(budget.tryHold(6, holder), true);
  assert.equal(budget.tryHold(6, holder), false);
  assert.equal(budget.tryTake(4), true);
  assert.equal(dropped, 0);
  assert.equal(budget.tryTake(4), true);
  assert.equal(dropped, 1);
  assert.equal(budget.tryTake(4), false);
  assert.equal(budget.usedBytes, 8);
});
