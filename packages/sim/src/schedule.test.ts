import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindsOf } from './faults/plan.js';
import { planOfSeed } from './plan.js';
import { LONG_MINUTES, STANDARD_MINUTES, shortfallOf } from './schedule.js';

for (const [minutes, shifts, operations] of [
  [STANDARD_MINUTES, 2, 250],
  [LONG_MINUTES, 12, 1_000],
] as const) {
  test(`a schedule of ${minutes} minutes plans at least what it promises`, () => {
    const mixes = new Set<string>();
    for (let seed = 1; seed <= 300; seed++) {
      const { schedule, workload, faults } = planOfSeed(String(seed), minutes);
      const { lanes, operationsPerLane, rivals, coWriters, settlers, operationsPerRival } = workload;
      const perShift = lanes * operationsPerLane + (rivals + coWriters + settlers) * operationsPerRival;
      assert.equal(schedule.shifts.length, shifts);
      assert.equal(schedule.promise.operations, operations);
      assert.ok(perShift * shifts >= 0.5 * operations, `${perShift} turns in each of ${shifts} shifts`);
      const kinds = kindsOf(faults);
      assert.ok(kinds.length >= schedule.promise.kinds, kinds.join(', '));
      const planned = new Set(schedule.shifts.flatMap((shift) => shift.faults));
      assert.deepEqual([...planned].sort(), [...kinds].sort(), 'every kind has a shift');
      const times = schedule.shifts.map(({ atMs }) => atMs);
      assert.deepEqual(
        times,
        times.toSorted((one, other) => one - other),
      );
      assert.ok((times.at(-1) as number) < minutes * 60_000);
      mixes.add([...kinds].sort().join(' '));
    }
    assert.ok(mixes.size > 20, `${mixes.size} mixes of kinds`);
  });
}

test('clusters are of all sizes, and their layouts fit', () => {
  const sizes = new Set<number>();
  for (let seed = 1; seed <= 300; seed++) sizes.add(planOfSeed(String(seed)).cluster.chunkserverHosts.length);
  assert.deepEqual(
    [...sizes].sort((one, other) => one - other),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
});

test('what is missing of a promise is named', () => {
  const promise = { operations: 1_000, faults: 20, kinds: 6 };
  assert.equal(shortfallOf(promise, { operations: 1_000, faults: 20, kinds: 6 }), undefined);
  assert.equal(
    shortfallOf(promise, { operations: 999, faults: 25, kinds: 5 }),
    '999 of 1000 operations, 5 of 6 kinds of faults',
  );
});
