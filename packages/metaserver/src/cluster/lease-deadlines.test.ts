import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterFixture } from '../testing/cluster-fixture.js';
import { LeaseDeadlines } from './lease-deadlines.js';

test('leases are counted for each session, until they are forgotten', () => {
  const { process } = new ClusterFixture(1);
  const leases = new LeaseDeadlines(process.clock, 60_000);
  leases.extend(1n, 100n);
  leases.extend(1n, 100n);
  leases.extend(2n, 100n);
  assert.equal(leases.expired(3n, 200n), false);
  assert.deepEqual([leases.heldBy(100n), leases.heldBy(200n), leases.heldBy(300n)], [2, 1, 0]);
  leases.forget(1n);
  leases.forget(1n);
  assert.equal(leases.heldBy(100n), 1);
  leases.retain(new Set([2n]));
  assert.deepEqual([leases.heldBy(100n), leases.heldBy(200n), leases.count], [1, 0, 1]);
});
