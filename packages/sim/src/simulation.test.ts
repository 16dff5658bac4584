import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOfSeed, type SimulationPlan } from './plan.js';
import { simulate } from './simulation.js';

/** What the seed plans, in one short shift. */
function brief(seed: string): { plan: SimulationPlan } {
  const plan = planOfSeed(seed);
  Object.assign(plan.workload, { operationsPerLane: 12, operationsPerRival: 12 });
  const promise = { operations: 0, faults: 0, kinds: 0 };
  plan.schedule = { minutes: 1, shifts: plan.schedule.shifts.slice(0, 1), promise };
  return { plan };
}

test('the same seed gives the same trace and report, another seed others', async () => {
  const first = await simulate('18', brief('18'));
  assert.equal(first.violation, undefined, first.violation?.detail);
  assert.deepEqual(await simulate('18', brief('18')), first);
  const other = await simulate('20', brief('20'));
  assert.equal(other.violation, undefined, other.violation?.detail);
  assert.notEqual(other.traceHash, first.traceHash);
  assert.ok(first.files > 0 && first.shards > 0 && first.crashes > 0, JSON.stringify(first));
  assert.ok(first.virtualMs >= 60_000);
});
