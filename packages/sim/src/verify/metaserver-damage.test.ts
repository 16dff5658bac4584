import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOfSeed } from '../plan.js';
import { simulate } from '../simulation.js';

test('damage to the disk of the metaserver is made good or refused, whatever it is', async () => {
  const met = new Set<string>();
  for (let seed = 0; seed < 4; seed++) {
    const plan = planOfSeed(`damage ${seed}`);
    Object.assign(plan.workload, { lanes: 1, rivals: 0, coWriters: 0, operationsPerLane: 4, operationsPerRival: 4 });
    plan.schedule = { minutes: 0, shifts: [{ atMs: 0, faults: [] }], promise: { operations: 0, faults: 0, kinds: 0 } };
    plan.faults.metaserverDamages = 5;
    const { violation, faults } = await simulate(`damage ${seed}`, { plan });
    assert.equal(violation, undefined, violation?.detail);
    for (const kind of Object.keys(faults)) met.add(kind);
  }
  assert.ok(
    [...met].some((kind) => kind.startsWith('metaserver: refused with ')),
    `${[...met]}`,
  );
});
