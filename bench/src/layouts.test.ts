import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ceilingBodies } from './layouts.js';
import { scatter } from './scatter.js';

for (const [redundancy, perFile] of [
  ['copies-1', 1],
  ['copies-3', 3],
  ['rs-4-2', 1.5],
  ['rs-8-3', 1.375],
] as const) {
  test(`the ceiling writes ${perFile} bodies for a file of ${redundancy}`, () => {
    const bodies = Array.from({ length: 800 }, (_, index) => ceilingBodies(redundancy, index));
    assert.equal(
      bodies.reduce((sum, count) => sum + count, 0),
      800 * perFile,
    );
    // One of them is read back.
    assert.ok(bodies.every((count) => count >= 1));
  });
}

test('scattered indexes reach almost all places', () => {
  const places = new Set(Array.from({ length: 10_000 }, (_, index) => scatter(index, 1_000)));
  assert.ok(places.size > 950, `${places.size}`);
});
