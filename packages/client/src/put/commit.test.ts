import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeId, TesseraError } from '@tessera/protocol';
import { COMMIT_ATTEMPTS_MAX } from '../limits.js';
import { makeSegment } from '../stripe/segment.js';
import type { PlacedSegment } from '../stripe/waiting-segment.js';
import { commitExtents, extentsToWire, type PlacedExtent } from './commit.js';

/** Segments of one stripe each, or all of one. */
function placedIn(stripes: readonly number[]): PlacedExtent[] {
  const known = new Map<number, PlacedSegment['stripe']>();
  return stripes.map((number, slot) => {
    const stripe =
      known.get(number) ??
      ({
        id: { pg: 1, stripe: encodeId(BigInt(number)) },
        wire: { pg: 1, stripe: encodeId(BigInt(number)) },
        protection: 'full',
      } as unknown as PlacedSegment['stripe']);
    known.set(number, stripe);
    return { fileOffset: slot * 10, placed: { segment: makeSegment(new Uint8Array(10)), stripe, slot, holds: true } };
  });
}

test('each stripe is presented once, each extent with its place', async () => {
  const settledSegments: PlacedSegment[] = [];
  const written = placedIn([7, 7, 8]);
  const { result } = await commitExtents(written, {
    submit: async (extents, stripes) => {
      assert.equal(stripes.length, 2);
      assert.deepEqual(
        extents.map(({ fileOffset, length, slot }) => [fileOffset, length, slot]),
        [
          [0, 10, 0],
          [10, 10, 1],
          [20, 10, 2],
        ],
      );
      return 'done';
    },
    rewrite: () => assert.fail(),
    settle: (placed) => settledSegments.push(placed),
  });
  assert.equal(result, 'done');
  assert.equal(settledSegments.length, 3);
});

test('a refused commit is written anew under other ids, and everything is settled', async () => {
  const settledSegments: PlacedSegment[] = [];
  const second = placedIn([9]);
  let commits = 0;
  const { committed } = await commitExtents(placedIn([7]), {
    submit: async () => {
      if (++commits === 1) throw new TesseraError('LEASE_CLOSED', 'too late');
    },
    rewrite: async (extents, refusal) => {
      assert.equal(extents.length, 1);
      assert.equal(refusal.code, 'LEASE_CLOSED');
      return second;
    },
    settle: (placed) => settledSegments.push(placed),
  });
  assert.equal(committed, second);
  assert.equal(settledSegments.length, 2);
});

test('refusals are met a bounded number of times', async () => {
  let commits = 0;
  const committing = commitExtents(placedIn([7]), {
    submit: async () => {
      commits++;
      throw new TesseraError('RECEIPT_REFUSED', 'no');
    },
    rewrite: async (extents) => [...extents],
    settle: () => {},
  });
  await assert.rejects(committing, { code: 'RECEIPT_REFUSED' });
  assert.equal(commits, COMMIT_ATTEMPTS_MAX);
});

test('other errors end it at once', async () => {
  for (const code of ['EXISTS', 'DEADLINE_EXCEEDED', 'OUTCOME_UNKNOWN'] as const) {
    let settled = 0;
    const committing = commitExtents(placedIn([7]), {
      submit: async () => {
        throw new TesseraError(code, 'no');
      },
      rewrite: () => assert.fail(),
      settle: () => settled++,
    });
    await assert.rejects(committing, { code });
    assert.equal(settled, 1);
  }
});

test('runs that share a segment are presented each for itself, in the order of the file', async () => {
  const [first, second] = placedIn([7, 8]) as [PlacedExtent, PlacedExtent];
  const runs = [
    { fileOffset: 0, length: 4 },
    { fileOffset: 40, length: 6 },
  ];
  const wire = extentsToWire([
    { ...first, runs },
    { ...second, fileOffset: 20 },
  ]);
  assert.deepEqual(
    wire.map(({ fileOffset, length, slot, segmentOffset }) => [fileOffset, length, slot, segmentOffset ?? 0]),
    [
      [0, 4, 0, 0],
      [20, 10, 1, 0],
      [40, 6, 0, 4],
    ],
  );
});
