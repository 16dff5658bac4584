import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedRandom } from '@tessera/env/simulated';
import { Draw } from './draw.js';
import { planSimulation, type SimulationPlan } from './plan.js';
import { shrink } from './shrink.js';

function somePlan(): SimulationPlan {
  const plan = planSimulation(new Draw(new SimulatedRandom('shrink')));
  Object.assign(plan.workload, { lanes: 4, rivals: 3, coWriters: 2, operationsPerLane: 40 });
  plan.faults.outages = { times: 3, gapMsMax: 100 };
  plan.faults.stops = { times: 2, gapMsMax: 100 };
  return plan;
}

test('what a failure does not need is left out, what it needs stays', async () => {
  const plan = somePlan();
  const before = structuredClone(plan);
  const small = await shrink(
    plan,
    async ({ workload, faults }) => {
      return workload.operationsPerLane >= 10 && workload.rivals > 0 && faults.outages.times > 0;
    },
    200,
  );
  assert.deepEqual(plan, before, 'the plan that was given stays as it is');
  assert.equal(small.workload.operationsPerLane, 10);
  assert.equal(small.workload.rivals, 3);
  assert.equal(small.faults.outages.times, 3);
  assert.deepEqual([small.workload.lanes, small.workload.coWriters, small.faults.stops.times], [1, 0, 0]);
  assert.deepEqual(small.faults.weather, {});
});

test('it ends at its bound', async () => {
  let runs = 0;
  await shrink(somePlan(), async () => ++runs > 0, 5);
  assert.equal(runs, 5);
});
