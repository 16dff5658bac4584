import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool, TesseraError, type v1 } from '@tessera/protocol';
import { FILE_UNFLUSHED_BYTES_MAX } from '../limits.js';
import type { PlacedExtent } from '../put/commit.js';
import { Scopes } from '../scope.js';
import { makeSegment } from '../stripe/segment.js';
import type { PlacedSegment } from '../stripe/waiting-segment.js';
import { ManualClock, settled } from '../testing/manual-clock.js';
import type { FileTarget, Piece, WriteRequest } from './file-target.js';
import { WriteBehind } from './write-behind.js';
import { WriteBudget } from './write-budget.js';

const SEGMENT_BYTES = 1024 * 1024;

/** A file whose commits are answered when the test says so, and one extent of which is `coveredMax` long at most. */
function setUp(options: { limitBytes?: number; coveredMax?: number } = {}) {
  const { coveredMax = Number.POSITIVE_INFINITY } = options;
  const scopes = new Scopes(new ManualClock(), 60_000);
  const state = { placed: 0, settled: 0, commits: [] as [number, number][][], refuse: undefined as string | undefined };
  const answers: (() => void)[] = [];
  const place = ({ fileOffset, bytes }: Piece): PlacedExtent => {
    state.placed++;
    const stripe = { id: { pg: 1, stripe: new Uint8Array(8) }, wire: {}, protection: 'full' };
    const placed = { segment: makeSegment(bytes), stripe, slot: 0, holds: false } as unknown as PlacedSegment;
    return { fileOffset, placed };
  };
  const target = {
    segmentBytes: SEGMENT_BYTES,
    stripeSegments: 4,
    inlineBytes: 0,
    write: (pieces: readonly Piece[]) => pieces.map(async (piece) => place(piece)),
    writeJoined: (pieces: readonly Piece[]) => ({ writing: pieces.map(async (piece) => place(piece)), release() {} }),
    settle: () => state.settled++,
    abandon: (written: Promise<PlacedExtent>) => void written.then(() => state.settled++),
    submit: async ({ extents = [] }: WriteRequest): Promise<v1.WriteResult.$Properties> => {
      const ranges = (extents ?? []).map(({ fileOffset, length }): [number, number] => [
        Number(fileOffset),
        length ?? 0,
      ]);
      if (state.refuse !== undefined) throw new TesseraError(state.refuse as 'CHANGED', 'refused');
      if (ranges.some(([, length]) => length > coveredMax)) throw new TesseraError('TOO_LARGE', 'covers too much');
      state.commits.push(ranges);
      if (options.limitBytes !== undefined) await new Promise<void>((r) => answers.push(r));
      return { attributes: { contentVersion: state.commits.length } };
    },
  } as unknown as FileTarget;
  const budget = new WriteBudget(options.limitBytes);
  const open = () =>
    new WriteBehind({
      scopes,
      pool: new BufferPool({ retainedBytesMax: 0 }),
      budget,
      target,
      name: 'the file',
      mayBeInline: () => false,
      onCommit: () => {},
    });
  return { state, answers, open, scope: scopes.open('test') };
}

test('nothing is committed before a flush as long as little is held, then all of it at once', async () => {
  const { state, open, scope } = setUp();
  const behind = open();
  for (const offset of [50, 0, 10 * SEGMENT_BYTES, 20]) await behind.write(offset, new Uint8Array(10), scope);
  assert.deepEqual(state.commits, []);
  await behind.flush(undefined, scope);
  assert.deepEqual(state.commits, [
    [
      [0, 10],
      [20, 10],
      [50, 10],
      [10 * SEGMENT_BYTES, 10],
    ],
  ]);
  await behind.flush(undefined, scope);
  assert.equal(state.commits.length, 1);
  assert.equal(behind.end, 0);
});

test('writes wait while the file, or all files together, hold as much as they may', async () => {
  const { answers, open, scope } = setUp({ limitBytes: FILE_UNFLUSHED_BYTES_MAX });
  const [one, other] = [open(), open()];
  const chunk = new Uint8Array(4 * SEGMENT_BYTES);
  let written = 0;
  const writing = (async () => {
    for (let index = 0; index < 16; index++) {
      await one.write(index * chunk.length, chunk, scope);
      written += chunk.length;
    }
  })();
  for (let turn = 0; turn < 50; turn++) await settled();
  assert.equal(written, FILE_UNFLUSHED_BYTES_MAX);
  let taken = false;
  const waiting = other.write(0, new Uint8Array(1), scope).then(() => {
    taken = true;
  });
  for (let turn = 0; turn < 50; turn++) await settled();
  assert.equal(taken, false);
  for (let turn = 0; turn < 500 && (!taken || written < 16 * chunk.length); turn++) {
    answers.shift()?.();
    await settled();
  }
  await Promise.all([writing, waiting]);
});

test('what covers too many old extents is committed in parts, each byte once', async () => {
  const { state, open, scope } = setUp({ coveredMax: 300 });
  const behind = open();
  await behind.write(0, new Uint8Array(1_000), scope);
  await behind.write(5_000, new Uint8Array(200), scope);
  await behind.flush(undefined, scope);
  const ranges = state.commits.flat();
  let end = 0;
  for (const [offset, length] of ranges.slice(0, -1)) {
    assert.equal(offset, end);
    end += length;
  }
  assert.equal(end, 1_000);
  assert.deepEqual(ranges.at(-1), [5_000, 200]);
  assert.equal(state.settled, state.placed);
});

test('a failed commit fails the handle; one under a condition only gives up what it was to commit', async () => {
  const { state, open, scope } = setUp();
  const behind = open();
  await behind.write(0, new Uint8Array(10), scope);
  state.refuse = 'CHANGED';
  await assert.rejects(behind.flush(5n, scope), { code: 'CHANGED' });
  assert.equal(behind.end, 0);
  await behind.write(0, new Uint8Array(10), scope);
  state.refuse = 'NOT_FOUND';
  await assert.rejects(behind.flush(undefined, scope), { code: 'NOT_FOUND' });
  await assert.rejects(behind.write(0, new Uint8Array(10), scope), { code: 'NOT_FOUND' });
  await assert.rejects(behind.flush(undefined, scope), { code: 'NOT_FOUND' });
  assert.equal(state.settled, state.placed);
});

test('what is given up is taken back, segments on their way too', async () => {
  const { state, open, scope } = setUp();
  const behind = open();
  await behind.write(0, new Uint8Array(4 * SEGMENT_BYTES), scope);
  await behind.write(100, new Uint8Array(5), scope);
  await settled();
  assert.equal(state.settled, 1);
  behind.discard();
  await settled();
  assert.deepEqual([state.placed, state.settled], [4, 4]);
  await behind.flush(undefined, scope);
  assert.deepEqual(state.commits, []);
});
