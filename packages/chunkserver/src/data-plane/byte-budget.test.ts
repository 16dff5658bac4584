import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteBudget, type Share } from './byte-budget.js';

describe('a byte budget', () => {
  it('grants in the order of asking, and never more than it has', () => {
    const step = fc.oneof(fc.record({ ask: fc.integer({ min: 0, max: 100 }) }), fc.record({ release: fc.nat() }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const budget = new ByteBudget(100);
        const held: { share: Share; order: number }[] = [];
        const granted: number[] = [];
        let asked = 0;
        for (const one of steps) {
          if ('ask' in one) {
            const order = asked++;
            const share = budget.request(one.ask, () => granted.push(order));
            if (share.isGranted) granted.push(order);
            held.push({ share, order });
          } else if (held.length > 0) {
            held.splice(one.release % held.length, 1)[0]?.share.release();
          }
          const used = held.reduce((sum, { share }) => sum + (share.isGranted ? share.bytes : 0), 0);
          assert.equal(budget.usedBytes, used);
          assert.ok(used <= 100);
          const waiting = held.filter(({ share }) => !share.isGranted);
          if (waiting.length > 0) assert.ok(used + (waiting[0]?.share.bytes ?? 0) > 100, 'the first in line would fit');
        }
        assert.deepEqual(
          granted,
          granted.toSorted((a, b) => a - b),
          'nobody overtakes',
        );
        for (const { share } of held) share.release();
        assert.equal(budget.usedBytes, 0);
      }),
    );
  });
});
