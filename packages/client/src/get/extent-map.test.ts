import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeId } from '@tessera/protocol';
import fc from 'fast-check';
import { ExtentMap } from './extent-map.js';
import { ReadBudget } from './read-budget.js';
import { clipPiece, type Piece, type ResolvedFile, type StripeRecord } from './resolved-file.js';

const stripe: StripeRecord = { pg: 1, stripe: encodeId(1n), dataCount: 1, parityCount: 0, slots: [] };

function piece(fileOffset: number, length: number): Piece {
  return { fileOffset, length, segment: BigInt(fileOffset), segmentOffset: 0, slot: 0, stripe };
}

function resolved(bytes: number, pieces: readonly Piece[], contentVersion = 1n, nextOffset = 0): ResolvedFile {
  const nothing = new Uint8Array();
  const inode = encodeId(7n);
  return { attributes: {}, inode, bytes, contentVersion, isInline: false, head: nothing, pieces, nextOffset };
}

/** Which bytes of [from, to) which pieces cover. */
function covered(pieces: readonly Piece[], from: number, to: number): string[] {
  return pieces.flatMap((each) => {
    const clipped = clipPiece(each, from, to);
    return clipped === undefined ? [] : [`${clipped.fileOffset}+${clipped.length} of ${clipped.segment}`];
  });
}

test('what was told of stretches is found again, and nothing else', () => {
  const lengths = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 9 })), { maxLength: 30 });
  const range = fc.tuple(fc.nat({ max: 200 }), fc.integer({ min: 1, max: 60 }));
  fc.assert(
    fc.property(
      lengths,
      fc.array(range, { maxLength: 8 }),
      fc.array(range, { minLength: 1, maxLength: 8 }),
      (file, told, asked) => {
        let at = 0;
        const all = file.map(([gap, length]) => {
          const one = piece(at + gap, length);
          at += gap + length;
          return one;
        });
        const bytes = at + 3;
        const map = new ExtentMap(new ReadBudget());
        const known = new Set<number>();
        for (const [from, length] of told) {
          map.add(
            resolved(
              bytes,
              all.filter((one) => clipPiece(one, from, from + length)),
            ),
            from,
            from + length,
          );
          for (let offset = from; offset < from + length; offset++) known.add(offset);
        }
        for (const [from, length] of asked) {
          const found = map.covering(from, from + length);
          const isKnown = Array.from({ length }, (_, index) => from + index).every(
            (offset) => offset >= bytes || known.has(offset),
          );
          // A new answer takes the place of those that it overlaps: something may be forgotten, never invented.
          if (found === undefined) continue;
          assert.ok(told.length > 0 && isKnown);
          assert.deepEqual(
            covered(found.pieces, from, from + length),
            covered(all, from, Math.min(bytes, from + length)),
          );
        }
      },
    ),
  );
});

test('what is kept holds no reply', () => {
  const reply = Buffer.alloc(100_000);
  const map = new ExtentMap(new ReadBudget());
  const one = { ...piece(100, 10), stripe: { ...stripe, stripe: reply.subarray(8, 16) } };
  map.add({ ...resolved(110, [one]), head: reply.subarray(16, 116) }, 0, 110);
  const kept = map.covering(0, 110);
  assert.equal(kept?.head.buffer.byteLength, 100);
  assert.equal(kept?.pieces[0]?.stripe.stripe.buffer.byteLength, 8);
});

test('stretches that meet answer together, a piece across them once', () => {
  const map = new ExtentMap(new ReadBudget());
  const pieces = [piece(0, 10), piece(10, 20), piece(30, 10)];
  map.add(resolved(40, pieces.slice(1)), 20, 40);
  assert.equal(map.covering(0, 40), undefined);
  map.add(resolved(40, pieces.slice(0, 2)), 0, 20);
  assert.deepEqual(covered(map.covering(0, 40)?.pieces ?? [], 0, 40), covered(pieces, 0, 40));
  assert.equal(map.covering(12, 13)?.pieces.length, 1);
  assert.deepEqual(map.covering(35, 1_000)?.pieces.length, 1);
  assert.deepEqual(map.covering(100, 1_000)?.pieces, []);
});

test('an answer counts as far as it goes', () => {
  const map = new ExtentMap(new ReadBudget());
  map.add(resolved(100, [piece(0, 10)], 1n, 10), 0, 100);
  assert.ok(map.covering(0, 10));
  assert.equal(map.covering(0, 11), undefined);
});

test('another version drives out the one before, an older one stays out', () => {
  const map = new ExtentMap(new ReadBudget());
  map.add(resolved(40, [piece(0, 40)], 5n), 0, 20);
  map.add(resolved(40, [piece(0, 40)], 6n), 20, 40);
  assert.equal(map.covering(0, 20), undefined);
  assert.equal(map.covering(20, 40)?.contentVersion, 6n);
  map.add(resolved(40, [piece(0, 40)], 5n), 0, 20);
  assert.equal(map.covering(0, 20), undefined);
});

test('it holds memory while there is some, and gives it to who needs it', () => {
  const budget = new ReadBudget(3_000);
  const map = new ExtentMap(budget);
  map.add(resolved(40, [piece(0, 40)]), 0, 20);
  map.add(resolved(40, [piece(0, 40)]), 20, 40);
  assert.ok(budget.usedBytes > 0);
  map.add(resolved(40, [piece(0, 40)]), 40, 80);
  assert.equal(map.covering(40, 41)?.pieces.length ?? 0, 0);
  assert.ok(budget.tryTake(2_900));
  assert.equal(map.covering(0, 20), undefined);
  budget.give(2_900);
  assert.equal(budget.usedBytes, 0);
});
