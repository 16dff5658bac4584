import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heapGrowingPercent } from './heap-growth.js';

const MIB = 1024 * 1024;

test('a small heap grows fivefold', () => {
  assert.equal(heapGrowingPercent(10 * MIB), 400);
  assert.equal(heapGrowingPercent(40 * MIB), 400);
});

for (const living of [20, 40, 70, 120]) {
  test(`with ${living} MiB that live the heap settles between 35 and 120 MiB above`, () => {
    // At each marking V8 sets the limit by what lives, and by the percentage chosen when the heap was full.
    let limit = 100;
    for (let marking = 0; marking < 50; marking++) {
      limit = living * (1 + heapGrowingPercent(limit * MIB) / 100);
    }
    assert.ok(limit - living > 35 && limit - living < 120, `${limit}`);
  });
}
