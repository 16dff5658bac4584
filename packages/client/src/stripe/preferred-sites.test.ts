import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chosenApart, preferredSites } from './preferred-sites.js';

const POSITIONS = Array.from({ length: 12 }, (_, position) => position);
const lives = fc.shuffledSubarray(POSITIONS, { minLength: 4 });
const wants = fc.array(fc.option(fc.shuffledSubarray(POSITIONS, { minLength: 12 }), { nil: undefined }), {
  maxLength: 4,
});

test('each slot has a live position of its own, first choices before all others', () => {
  fc.assert(
    fc.property(lives, wants, (positions, wanted) => {
      const live = positions.map((position) => ({ position, server: position + 100 }));
      const sites = preferredSites(live, wanted);
      assert.deepEqual(new Set(sites), new Set(live));
      assert.equal(sites.length, live.length);
      const taken = new Set<number>();
      for (const [slot, positions] of wanted.entries()) {
        const first = positions?.[0];
        if (first === undefined || taken.has(first) || !live.some(({ position }) => position === first)) continue;
        taken.add(first);
        assert.equal(sites[slot]?.position, first);
      }
      for (const [slot, positions] of wanted.entries()) {
        const own = sites[slot]?.position as number;
        if (positions === undefined || own === positions[0]) continue;
        // Whatever it would rather have is not live, or another slot's by first choice or by its earlier turn.
        for (const better of positions.slice(0, positions.indexOf(own))) {
          const holder = sites.findIndex(({ position }) => position === better);
          assert.ok(holder === -1 || wanted[holder]?.[0] === better || holder < slot, `${better} before ${own}`);
        }
      }
      const rest = sites.slice(wanted.length);
      assert.deepEqual(
        rest,
        live.filter((site) => rest.includes(site)),
        'what is left keeps its order',
      );
    }),
  );
});

test('segments are chosen so that their first choices differ, the oldest first', () => {
  assert.deepEqual(chosenApart([0, 1, 2, 3], [5, 5, 5, 5, 6, 6, 7, 8, 9]), [0, 4, 6, 7]);
  assert.deepEqual(chosenApart([0, 1, 2, 3], [5, 6, 7, 8]), [0, 1, 2, 3]);
  assert.deepEqual(chosenApart([0, 1, 2], [5, 5, 5]), [0, 1, 2], 'where all want the same the oldest go');
  assert.deepEqual(chosenApart([0, 1, 2], [5, 5, 5, 6]), [0, 1, 3]);
  assert.deepEqual(chosenApart([0, 1], [undefined, undefined, 4]), [0, 2]);
  assert.deepEqual(chosenApart([0], [3]), [0]);
});
