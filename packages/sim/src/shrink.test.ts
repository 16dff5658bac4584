import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOfSeed, type SimulationPlan } from './plan.js';
import { isSameFailure, shrink } from './shrink.js';

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

test('the same failure elsewhere is the same, another is not', () => {
  const gone =
    '/d1/lane-1.0/a: the data shard 26/1000000043b/0 of 7799 bytes is not on host-8, though it was acknowledged';
  const elsewhere = gone.replace('lane-1.0/a', 'lane-0.3/s/b').replace('host-8', 'host-2').replace('7799', '12');
  assert.ok(isSameFailure(gone, elsewhere));
  for (const other of [
    "Cannot read properties of undefined (reading 'worlds')",
    'waited 120000 ms for the cluster to be whole: metaserver are not ready, in vain',
    '/d1/lane-1.0/a: stripe 26/1000000043b has 0 of 2 parity shards; a commit needs 1',
  ]) {
    assert.ok(!isSameFailure(gone, other), other);
  }
});
