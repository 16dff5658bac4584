import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeId, v1 } from '@tessera/protocol';
import { LeaseDeadlines } from '../cluster/lease-deadlines.js';
import { closeLease, closeLeasesOfSession } from '../ops/stripes/close-lease.js';
import { renewLease } from '../ops/stripes/renew-lease.js';
import { readLease } from '../records/lease.js';
import { readStripe } from '../records/stripe.js';
import { readTotals } from '../records/totals.js';
import { ClusterFixture, layoutOf } from '../testing/cluster-fixture.js';
import { startLeaseSweeper, sweepLeases } from './lease-sweeper.js';

const { SLOT_STATE_LIVE, SLOT_STATE_DEAD, SLOT_STATE_PENDING } = v1.SlotState;
const RS = layoutOf('rs-2-1');

/** A lease with one stripe of which only slot 0 was named. */
function halfNamed() {
  const fixture = new ClusterFixture(4);
  const { store, cluster } = fixture;
  const { lease, ranges } = fixture.grant(RS, 3, 4);
  const { pg, firstStripe } = ranges[2] ?? assert.fail('no range');
  const stripe = firstStripe + 3n;
  const write = fixture.stripeWrite(RS, { pg, stripe, lease }, [100, 70]);
  const commit = (slot: number) =>
    fixture.commit({
      layout: RS,
      extents: [{ fileOffset: 0, length: write.slots[slot]?.length ?? 0, pg, stripe: write.stripe, slot }],
      stripes: [write],
    });
  const [named] = commit(0);
  return {
    fixture,
    lease,
    commit,
    segment: named?.segment ?? 0n,
    sweep: () => sweepLeases({ store, leases: cluster.leases }),
    record: () => store.run((tx) => readLease(tx, lease)),
    states: () => store.run((tx) => readStripe(tx, pg, stripe))?.slots.map(({ state }) => state),
    totals: () => store.run(readTotals),
  };
}

const HALF = [SLOT_STATE_LIVE, SLOT_STATE_PENDING, SLOT_STATE_LIVE];
const SETTLED = [SLOT_STATE_LIVE, SLOT_STATE_DEAD, SLOT_STATE_LIVE];

test('a lease closes once its term is over: what is pending is dead and its bytes are counted', async () => {
  const { fixture, commit, sweep, record, states, totals } = halfNamed();
  fixture.pass(59_999);
  await sweep();
  assert.deepEqual(states(), HALF);
  fixture.pass(1);
  await sweep();
  assert.equal(record(), undefined);
  assert.deepEqual(states(), SETTLED);
  assert.deepEqual([totals().liveBytes, totals().deadBytes, totals().stripes], [200, 70, 1]);
  assert.throws(() => commit(1), { code: 'LEASE_CLOSED' });
  assert.equal(fixture.cluster.leases.count, 0);
});

test('a renewed lease lives a whole term more', async () => {
  const { fixture, lease, commit, sweep, record } = halfNamed();
  fixture.pass(59_000);
  const renewed = fixture.store.run((tx) =>
    renewLease(tx, fixture.cluster, fixture.session, { lease: encodeId(lease) }),
  );
  assert.equal(renewed.leaseMs, 60_000);
  fixture.pass(59_999);
  await sweep();
  assert.notEqual(record(), undefined);
  commit(1);
  fixture.pass(1);
  await sweep();
  assert.equal(record(), undefined);
});

test('only its holder renews a lease, and only while it is open', async () => {
  const { fixture, lease, sweep } = halfNamed();
  const renew = (session: bigint) =>
    fixture.store.run((tx) => renewLease(tx, fixture.cluster, session, { lease: encodeId(lease) }));
  assert.throws(() => renew(3n), { code: 'COMMIT_REFUSED' });
  fixture.store.run((tx) => closeLease(tx, fixture.cluster, fixture.session, { lease: encodeId(lease) }));
  assert.throws(() => renew(fixture.session), { code: 'LEASE_CLOSED' });
  await sweep();
  assert.throws(() => renew(fixture.session), { code: 'LEASE_CLOSED' });
});

test('a closed lease refuses at once, and its pending slots die at the next sweep', async () => {
  const { fixture, lease, commit, sweep, record, states } = halfNamed();
  const close = (session: bigint) =>
    fixture.store.run((tx) => closeLease(tx, fixture.cluster, session, { lease: encodeId(lease) }));
  assert.throws(() => close(3n), { code: 'COMMIT_REFUSED' });
  close(fixture.session);
  assert.equal(record()?.closing, true);
  assert.throws(() => commit(1), { code: 'LEASE_CLOSED' });
  assert.deepEqual(states(), HALF);
  await sweep();
  assert.deepEqual(states(), SETTLED);
  close(fixture.session);
});

test('a stripe whose only named slot was released dies whole with its lease', async () => {
  const { fixture, segment, sweep, states, totals } = halfNamed();
  fixture.release([segment]);
  assert.equal(totals().stripes, 1);
  fixture.pass(60_000);
  await sweep();
  assert.deepEqual(states(), [SLOT_STATE_DEAD, SLOT_STATE_DEAD, SLOT_STATE_DEAD]);
  assert.deepEqual([totals().liveBytes, totals().deadBytes, totals().stripes], [0, 270, 0]);
});

test('after a restart every lease has a whole term', async () => {
  const { fixture, record } = halfNamed();
  fixture.pass(59_000);
  const leases = new LeaseDeadlines(fixture.process.clock, 60_000);
  const sweep = () => sweepLeases({ store: fixture.store, leases });
  await sweep();
  fixture.pass(59_999);
  await sweep();
  assert.notEqual(record(), undefined);
  fixture.pass(1);
  await sweep();
  assert.equal(record(), undefined);
});

test('a renewal that comes while the sweep runs is heeded', async () => {
  const { fixture, lease, record } = halfNamed();
  fixture.pass(60_000);
  const { store, cluster } = fixture;
  const racing = Object.create(store) as typeof store;
  racing.transact = async (body) => {
    cluster.leases.extend(lease, fixture.session);
    return store.run(body);
  };
  await sweepLeases({ store: racing, leases: cluster.leases });
  assert.equal(record()?.closing, false);
});

test('deadlines of leases that never came to be are forgotten', async () => {
  const { fixture, sweep } = halfNamed();
  fixture.cluster.leases.extend(4711n, fixture.session);
  await sweep();
  assert.equal(fixture.cluster.leases.count, 1);
});

test('the leases of an ending session are closed', async () => {
  const { fixture, record } = halfNamed();
  await closeLeasesOfSession(fixture.store, 3n);
  assert.equal(record()?.closing, false);
  await closeLeasesOfSession(fixture.store, fixture.session);
  assert.equal(record()?.closing, true);
});

test('the sweeper runs by itself and stops', async () => {
  const { fixture, record, states } = halfNamed();
  const errors: unknown[] = [];
  const { store, cluster } = fixture;
  const loop = startLeaseSweeper({
    store,
    clock: fixture.process.clock,
    leases: cluster.leases,
    onError: (error) => errors.push(error),
  });
  await fixture.world.run({ untilMs: fixture.world.nowMs + 70_000 });
  assert.equal(record(), undefined);
  assert.deepEqual(states(), SETTLED);
  await loop.stop();
  assert.equal(await fixture.world.run(), 'idle');
  assert.deepEqual(errors, []);
});
