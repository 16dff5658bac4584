import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomUnit } from '@tessera/env';
import fc from 'fast-check';
import { PASSED_OVER_MAX, STRIPE_FILL_MIN, STRIPES_AHEAD } from '../limits.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { planStripe } from './packing.js';

const states = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 1 << 20 }), { maxLength: 100 }),
  oldestPassedOver: fc.integer({ min: 0, max: PASSED_OVER_MAX }),
  dataCountMax: fc.integer({ min: 1, max: 32 }),
  stripesInFlight: fc.integer({ min: 0, max: 5 }),
});

test('a planned stripe takes known segments once, no more than allowed, and is filled well enough', () => {
  fc.assert(
    fc.property(states, (state) => {
      const plan = planStripe(state);
      if (plan === undefined) return;
      assert.ok(plan.length >= 1 && plan.length <= state.dataCountMax);
      const chosen = plan.map((index, at) => {
        assert.ok(at === 0 || index > (plan[at - 1] as number), 'ascending, none twice');
        return state.lengths[index] as number;
      });
      const sum = chosen.reduce((total, length) => total + length, 0);
      assert.ok(sum >= STRIPE_FILL_MIN * chosen.length * Math.max(...chosen));
    }),
  );
});

test('with few stripes in flight something always goes, and the oldest is in it', () => {
  fc.assert(
    fc.property(states, (state) => {
      fc.pre(state.lengths.length > 0);
      const idle = planStripe({ ...state, stripesInFlight: STRIPES_AHEAD - 1 });
      const starved = planStripe({ ...state, oldestPassedOver: PASSED_OVER_MAX });
      assert.equal(idle?.[0], 0);
      assert.equal(starved?.[0], 0);
    }),
  );
});

test('with enough stripes in flight only full ones go', () => {
  fc.assert(
    fc.property(states, (state) => {
      const plan = planStripe({ ...state, oldestPassedOver: 0, stripesInFlight: STRIPES_AHEAD });
      assert.ok(plan === undefined || plan.length === state.dataCountMax);
    }),
  );
});

test('equal segments are taken in order, as many as a stripe holds', () => {
  const state = { lengths: new Array(9).fill(1000), oldestPassedOver: 0, dataCountMax: 4, stripesInFlight: 9 };
  assert.deepEqual(planStripe(state), [0, 1, 2, 3]);
});

test('a small segment does not share a stripe with large ones', () => {
  const state = { lengths: [10, 12, 1000, 1000, 990, 1000], oldestPassedOver: 0, dataCountMax: 4, stripesInFlight: 2 };
  assert.deepEqual(planStripe(state), [2, 3, 4, 5]);
  assert.deepEqual(planStripe({ ...state, stripesInFlight: 0 }), [0, 1]);
});

test('similar segments that are not neighbours in time find each other', () => {
  const lengths = [500, 10, 480, 12, 490, 11, 510, 9];
  const plan = planStripe({ lengths, oldestPassedOver: 0, dataCountMax: 4, stripesInFlight: 0 });
  assert.deepEqual(plan, [0, 2, 4, 6]);
});

/**
 * Writers that each put one file after the other, in virtual time; a stripe takes a random while and so does each commit.
 * A stripe is in flight until its files are committed.
 */
function meanSegmentsPerStripe(writers: number, stripes: number, seed: number): number {
  const random = new SeededRandom(seed);
  const events: { atMs: number; stripe: { open: number }; durable: boolean }[] = [];
  let waiting = writers;
  let inFlight = 0;
  let launched = 0;
  let segments = 0;
  while (launched < stripes) {
    const nowMs = events[0]?.atMs ?? 0;
    const { stripe, durable } = events.shift() ?? { stripe: { open: 0 }, durable: true };
    if (durable) {
      for (let file = 0; file < stripe.open; file++) {
        events.push({ atMs: nowMs + 1 + 3 * randomUnit(random), stripe, durable: false });
      }
    } else {
      waiting++;
      if (--stripe.open === 0) inFlight--;
    }
    for (;;) {
      const lengths = new Array(waiting).fill(512 * 1024);
      const plan = planStripe({ lengths, oldestPassedOver: 0, dataCountMax: 4, stripesInFlight: inFlight });
      if (plan === undefined) break;
      launched++;
      inFlight++;
      segments += plan.length;
      waiting -= plan.length;
      events.push({ atMs: nowMs + 4 + 8 * randomUnit(random), stripe: { open: plan.length }, durable: true });
    }
    events.sort((a, b) => a.atMs - b.atMs);
  }
  return segments / launched;
}

test('sixteen writers fill their stripes, a lone one does not wait', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const mean = meanSegmentsPerStripe(16, 2000, seed);
    assert.ok(mean >= 3.95, `seed ${seed}: ${mean}`);
    assert.equal(meanSegmentsPerStripe(1, 100, seed), 1);
  }
});
