import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BLOCK_BYTES, blockCount } from '@tessera/protocol';
import fc from 'fast-check';
import { payloadOffset } from '../log/record.js';
import { planBytes, planRead } from './read-plan.js';

describe('a read plan', () => {
  it('covers the header and exactly the wanted blocks', () => {
    const anyRead = fc
      .record({
        headerBytes: fc.integer({ min: 64, max: 65_536 }),
        payloadBytes: fc.integer({ min: 1, max: 3_000_000 }),
      })
      .chain((entry) =>
        fc.record({
          entry: fc.constant(entry),
          first: fc.nat({ max: blockCount(entry.payloadBytes) - 1 }),
          count: fc.nat({ max: 60 }),
        }),
      );
    fc.assert(
      fc.property(anyRead, ({ entry, first, count }) => {
        const plan = planRead(entry, first, count);
        const blocks = blockCount(entry.payloadBytes);
        const last = count === 0 ? blocks : Math.min(blocks, first + count);
        const from = payloadOffset(entry.headerBytes) + first * BLOCK_BYTES;
        assert.equal((plan.blocks?.from ?? 0) + plan.bodyFrom, from);
        assert.equal(plan.bodyBytes, Math.min(last * BLOCK_BYTES, entry.payloadBytes) - first * BLOCK_BYTES);
        assert.ok(plan.head.bytes >= payloadOffset(entry.headerBytes));
        assert.ok(plan.bodyFrom + plan.bodyBytes <= (plan.blocks?.bytes ?? plan.head.bytes));
        assert.ok(planBytes(plan) <= plan.bodyBytes + payloadOffset(entry.headerBytes) + 128 * 1024);
      }),
    );
  });

  it('refuses blocks that are not there', () => {
    assert.throws(() => planRead({ headerBytes: 100, payloadBytes: BLOCK_BYTES }, 1, 0), { code: 'OUT_OF_RANGE' });
  });
});
