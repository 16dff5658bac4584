import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOfSeed, type SimulationPlan } from './plan.js';
import { shrink } from './shrink.js';

const RUNS = 400;

function somePlan(): SimulationPlan {
  const plan = planOfSeed('shrink', 60);
  Object.assign(plan.workload, { lanes: 4, rivals: 3, coWriters: 2, operationsPerLane: 40 });
  return plan;
}

const kinds = ({ schedule }: SimulationPlan) => new Set(schedule.shifts.flatMap(({ faults }) => faults));

test('what a failure does not need is left out, what it needs stays', async () => {
  const plan = somePlan();
  const before = structuredClone(plan);
  const small = await shrink(
    plan,
    async (smaller) => {
      const { workload } = smaller;
      const fails = workload.operationsPerLane >= 10 && workload.rivals > 0 && kinds(smaller).has('callCrashes');
      return fails ? { occurrences: [] } : undefined;
    },
    RUNS,
  );
  assert.deepEqual(plan, before, 'the plan that was given stays as it is');
  assert.equal(small.workload.operationsPerLane, 10);
  assert.equal(small.workload.rivals, 3);
  assert.deepEqual([small.workload.lanes, small.workload.coWriters], [1, 0]);
  assert.deepEqual([...kinds(small)], ['callCrashes']);
  assert.equal(small.schedule.shifts.length, 1);
  assert.equal(small.schedule.minutes, 0);
});

test('of many occurrences of trouble, those stay that it takes', async () => {
  const all = Array.from({ length: 30 }, (_, index) => `callCrashes ${index + 1}`);
  const needed = ['callCrashes 7', 'callCrashes 8', 'callCrashes 21'];
  const small = await shrink(
    somePlan(),
    async ({ faults }) => {
      const occurrences = all.filter((one) => !faults.without.includes(one));
      return needed.every((one) => occurrences.includes(one)) ? { occurrences } : undefined;
    },
    RUNS,
  );
  const left = all.filter((one) => !small.faults.without.includes(one));
  assert.deepEqual(left, needed);
});

test('it ends at its bound', async () => {
  let runs = 0;
  await shrink(
    somePlan(),
    async () => {
      runs++;
      return { occurrences: [] };
    },
    5,
  );
  assert.equal(runs, 5);
});
