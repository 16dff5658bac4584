import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_BYTES, encodeId, v1 } from '@tessera/protocol';
import fc from 'fast-check';
import type { Transfer } from '../datatype/transfers.js';
import type { Piece, StripeRecord } from '../get/resolved-file.js';
import { planReads } from './plan-reads.js';
import { spansOf, takeRound, transferAt } from './transfer-round.js';

function stripeOf(number: number, length: number): StripeRecord {
  const slot = { position: 0, length, root: 0n, state: v1.SlotState.SLOT_STATE_LIVE };
  return { pg: 1, stripe: encodeId(BigInt(number)), dataCount: 1, parityCount: 0, slots: [slot] };
}

/** Pieces of a few shards, in any order over the file, with holes between them. */
const files = fc
  .array(
    fc.record({
      gap: fc.constantFrom(0, 0, 1, 1_000, BLOCK_BYTES),
      length: fc.integer({ min: 1, max: 3 * BLOCK_BYTES }),
      shard: fc.nat(2),
      skip: fc.nat(2 * BLOCK_BYTES),
    }),
    { maxLength: 8 },
  )
  .map((parts) => {
    const stripes = [0, 1, 2].map((number) => stripeOf(number, 5 * BLOCK_BYTES + 17));
    const pieces: Piece[] = [];
    let end = 0;
    for (const { gap, length, shard, skip } of parts) {
      const stripe = stripes[shard] as StripeRecord;
      pieces.push({ fileOffset: end + gap, length, segment: 1n, segmentOffset: skip, slot: 0, stripe });
      end += gap + length;
    }
    return { pieces, bytes: end + 5 };
  });

const lists = fc.array(fc.tuple(fc.nat(12 * BLOCK_BYTES), fc.oneof(fc.nat(20), fc.nat(3 * BLOCK_BYTES))), {
  maxLength: 20,
});

function transfersOf(list: readonly (readonly [number, number])[]): Transfer[] {
  let memoryOffset = 0;
  return list.map(([fileOffset, length]) => {
    memoryOffset += length;
    return { fileOffset, length, memoryOffset: memoryOffset - length };
  });
}

function fileOffsetAt(transfers: readonly Transfer[], place: number): number {
  const found = transfers.find(({ memoryOffset, length }) => memoryOffset <= place && place < memoryOffset + length);
  return (found?.fileOffset ?? Number.NaN) + place - (found?.memoryOffset ?? 0);
}

test('every byte comes from its place, from blocks that are read once each, or is a hole or past the end', () => {
  fc.assert(
    fc.property(files, lists, ({ pieces, bytes }, list) => {
      const transfers = transfersOf(list);
      const round = takeRound(transfers.values(), 1_000);
      const { runs, gaps, cuts } = planReads(round, pieces, bytes);
      const told: { memoryOffset: number; length: number; from: (index: number) => string }[] = [];
      const blocks = new Set<string>();
      for (const { stripe, from, to, parts } of runs) {
        const name = Buffer.from(stripe.stripe).toString('hex');
        assert.equal(from % BLOCK_BYTES, 0);
        assert.ok(to % BLOCK_BYTES === 0 || to === stripe.slots[0]?.length);
        for (let block = from; block < to; block += BLOCK_BYTES) {
          assert.ok(!blocks.has(`${name} ${block}`), 'a block is read twice');
          blocks.add(`${name} ${block}`);
          const needed = parts.some((part) => {
            return part.shardOffset < block + BLOCK_BYTES && part.shardOffset + part.length > block;
          });
          assert.ok(needed, 'a block is read that nobody needs');
        }
        for (const { shardOffset, length, memoryOffset } of parts) {
          assert.ok(shardOffset >= from && shardOffset + length <= to);
          told.push({ memoryOffset, length, from: (index) => `${name} ${shardOffset + index}` });
        }
      }
      for (const gap of gaps) told.push({ ...gap, from: () => 'hole' });
      for (const cut of cuts) told.push({ ...cut, from: () => 'end' });
      // Each byte of memory is told once, and what is told of it is right: a run of bytes is if its ends are.
      told.sort((a, b) => a.memoryOffset - b.memoryOffset);
      let end = 0;
      for (const { memoryOffset, length, from } of told) {
        assert.equal(memoryOffset, end);
        assert.ok(length > 0);
        end += length;
        for (const index of [0, length - 1]) {
          const at = fileOffsetAt(transfers, memoryOffset + index);
          const piece = pieces.find((one) => one.fileOffset <= at && at < one.fileOffset + one.length);
          const hex = Buffer.from(piece?.stripe.stripe ?? []).toString('hex');
          const hole = at < bytes ? 'hole' : 'end';
          assert.equal(from(index), piece ? `${hex} ${piece.segmentOffset + at - piece.fileOffset}` : hole);
        }
      }
      assert.equal(
        end,
        transfers.reduce((sum, { length }) => sum + length, 0),
      );
    }),
    { numRuns: 200 },
  );
});

test('a round takes transfers with bytes in the order of the file, and the spans hold them all', () => {
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 30 }), fc.constantFrom(1, 1_000, BLOCK_BYTES), (list, most, gap) => {
      const walk = transfersOf(list).values();
      const filled = list.filter(([, length]) => length > 0);
      let count = 0;
      for (let round = takeRound(walk, most); round.count > 0; round = takeRound(walk, most)) {
        const expected = filled.slice(count, count + most).sort(([a], [b]) => a - b);
        count += round.count;
        const spans = spansOf(round, gap);
        for (let index = 0; index < round.count; index++) {
          const { fileOffset, length } = transferAt(round, index);
          assert.equal(fileOffset, expected[index]?.[0]);
          assert.ok(spans.some(({ from, to }) => from <= fileOffset && fileOffset + length <= to));
        }
        for (const [index, { from }] of spans.entries()) {
          if (index > 0) assert.ok(from - (spans[index - 1]?.to as number) >= gap);
        }
      }
      assert.equal(count, filled.length);
    }),
  );
});

test('one huge range among very many small ones costs no more than the sum of both', () => {
  const stripe = stripeOf(1, 4 * BLOCK_BYTES);
  const pieces = Array.from({ length: 2_000 }, (_, index) => ({
    fileOffset: index * BLOCK_BYTES,
    length: BLOCK_BYTES,
    segment: 1n,
    segmentOffset: 0,
    slot: 0,
    stripe,
  }));
  const small = Array.from({ length: 20_000 }, (_, index) => [1 + index * 100, 50] as const);
  const plan = planReads(
    takeRound(transfersOf([[0, 2_000 * BLOCK_BYTES], ...small]).values(), 100_000),
    pieces,
    2 ** 40,
  );
  const parts = plan.runs.reduce((sum, run) => sum + run.parts.length, 0);
  assert.ok(parts < 2_000 + 20_000 + 100, `${parts} parts`);
});
