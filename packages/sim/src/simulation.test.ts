import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from './simulation.js';

const options = { operationsPerLane: 12 };

test('the same seed gives the same trace and report, another seed others', async () => {
  const first = await simulate('18', options);
  assert.equal(first.violation, undefined, first.violation?.detail);
  assert.deepEqual(await simulate('18', options), first);
  const other = await simulate('20', options);
  assert.equal(other.violation, undefined, other.violation?.detail);
  assert.notEqual(other.traceHash, first.traceHash);
  assert.ok(first.files > 0 && first.shards > 0 && first.crashes > 0, JSON.stringify(first));
});
