import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeId, type Id, makeId, v1 } from '@tessera/protocol';
import { deadStripeKey, halfDeadStripeKey, Table } from '../../records/keys.js';
import { readRepair } from '../../records/repair.js';
import { putSegment, readSegment } from '../../records/segment.js';
import { readStripe } from '../../records/stripe.js';
import { readTotals } from '../../records/totals.js';
import { ClusterFixture, layoutOf } from '../../testing/cluster-fixture.js';
import { buryPending } from './bury-pending.js';
import { describeExtents } from './describe-extents.js';
import { recordDoubtful } from './record-doubtful.js';

const { SLOT_STATE_LIVE, SLOT_STATE_DEAD, SLOT_STATE_PENDING, SLOT_STATE_MISSING } = v1.SlotState;
const RS = layoutOf('rs-3-2');

/** One stripe of three segments, those of `slots` committed. */
function committed(slots = [0, 1, 2], missing: number[] = []) {
  const fixture = new ClusterFixture(6);
  const { lease, ranges } = fixture.grant(RS);
  const { pg, firstStripe: stripe } = ranges[0] ?? assert.fail('no range');
  const write = fixture.stripeWrite(RS, { pg, stripe, lease }, [100, 200, 300]);
  for (const slot of missing) if (write.slots[slot]) write.slots[slot].receipt = new Uint8Array();
  const extents = fixture.commit({
    layout: RS,
    extents: slots.map((slot, index) => ({
      fileOffset: index * 1000,
      length: write.slots[slot]?.length ?? 0,
      pg,
      stripe: write.stripe,
      slot,
    })),
    stripes: [write],
  });
  const segments = extents.map(({ segment }) => segment);
  return {
    fixture,
    pg,
    stripe,
    lease,
    write,
    extents,
    segments,
    release: (...ids: (Id | undefined)[]) => fixture.release(ids as Id[]),
    states: () => fixture.store.run((tx) => readStripe(tx, pg, stripe))?.slots.map(({ state }) => state),
    totals: () => fixture.store.run(readTotals),
  };
}

test('the last reference makes the slot dead, the last slot its parity', () => {
  const { fixture, segments, release, states, totals } = committed();
  release(segments[1]);
  assert.deepEqual(states(), [SLOT_STATE_LIVE, SLOT_STATE_DEAD, SLOT_STATE_LIVE, SLOT_STATE_LIVE, SLOT_STATE_LIVE]);
  assert.equal(
    fixture.store.run((tx) => readSegment(tx, segments[1] as Id)),
    undefined,
  );
  assert.deepEqual([totals().liveBytes, totals().deadBytes, totals().stripes], [400 + 600, 200, 1]);
  release(segments[0], segments[2]);
  assert.deepEqual(states(), new Array(5).fill(SLOT_STATE_DEAD));
  assert.deepEqual([totals().liveBytes, totals().deadBytes, totals().stripes], [0, 600 + 600, 0]);
});

/** Keys of a table, in order. */
function keysOf(fixture: ClusterFixture, table: number): string[] {
  const prefix = table.toString(16);
  return [...fixture.store.entries.keys()].filter((key) => key.startsWith(prefix)).sort();
}

const hex = (key: Uint8Array) => Buffer.from(key).toString('hex');

test('slots say when they died; a stripe is listed as half dead, and once it is dead by the time of its death', () => {
  const { fixture, pg, stripe, segments, release } = committed();
  const deaths = () => fixture.store.run((tx) => readStripe(tx, pg, stripe))?.slots.map(({ deadNs }) => Number(deadNs));
  const lists = () => [keysOf(fixture, Table.HALF_DEAD_STRIPE), keysOf(fixture, Table.DEAD_STRIPE)];
  assert.deepEqual(deaths(), [0, 0, 0, 0, 0]);
  assert.deepEqual(lists(), [[], []]);
  fixture.store.nowNs = 1_763_800_000_000_000_001n;
  release(segments[1]);
  assert.deepEqual(lists(), [[hex(halfDeadStripeKey(pg, stripe))], []]);
  fixture.store.nowNs = 2_000_000_000_000_000_000n;
  release(segments[0]);
  assert.deepEqual(lists(), [[hex(halfDeadStripeKey(pg, stripe))], []]);
  fixture.store.nowNs = 2_000_000_000_000_000_001n;
  release(segments[2]);
  const slots = fixture.store.run((tx) => readStripe(tx, pg, stripe))?.slots;
  const last = 2_000_000_000_000_000_001n;
  assert.deepEqual(
    slots?.map(({ deadNs }) => deadNs),
    [2_000_000_000_000_000_000n, 1_763_800_000_000_000_001n, last, last, last],
  );
  assert.deepEqual(
    slots?.map(({ segment }) => segment),
    [...segments, 0n, 0n],
  );
  assert.deepEqual(lists(), [[], [hex(deadStripeKey(last, pg, stripe))]]);
});

test('dead stripes are listed oldest death first, whatever their ids', () => {
  const older = deadStripeKey(1_763_800_000_000_000_000n, 64, makeId(9, 9));
  const younger = deadStripeKey(1_763_800_000_000_000_001n, 1, makeId(1, 1));
  assert.ok(Buffer.compare(older, younger) < 0);
});

test('a stripe that dies at once was never half dead, one whose pending slots died is until the rest does', () => {
  const whole = committed();
  whole.release(...whole.segments);
  assert.equal(keysOf(whole.fixture, Table.HALF_DEAD_STRIPE).length, 0);
  assert.equal(keysOf(whole.fixture, Table.DEAD_STRIPE).length, 1);
  const pending = committed([0]);
  pending.fixture.store.run((tx) => buryPending(tx, pending.pg, pending.lease, [pending.stripe]));
  assert.equal(keysOf(pending.fixture, Table.HALF_DEAD_STRIPE).length, 1);
  pending.fixture.store.run((tx) => buryPending(tx, pending.pg, pending.lease, [pending.stripe]));
  pending.release(...pending.segments);
  assert.equal(keysOf(pending.fixture, Table.HALF_DEAD_STRIPE).length, 0);
  assert.equal(keysOf(pending.fixture, Table.DEAD_STRIPE).length, 1);
  assert.equal(pending.totals().stripes, 0);
});

test('a segment with more references only loses one', () => {
  const { fixture, segments, release, states } = committed();
  const id = segments[0] as Id;
  fixture.store.run((tx) => {
    const segment = readSegment(tx, id) ?? assert.fail('no segment');
    putSegment(tx, id, { ...segment, refs: 3 });
  });
  release(id, id);
  assert.equal(fixture.store.run((tx) => readSegment(tx, id))?.refs, 1);
  assert.equal(states()?.[0], SLOT_STATE_LIVE);
  release(id);
  assert.equal(states()?.[0], SLOT_STATE_DEAD);
});

test('parity lives while a slot is pending', () => {
  const { segments, release, states, totals } = committed([0, 1]);
  release(...segments);
  assert.deepEqual(states(), [SLOT_STATE_DEAD, SLOT_STATE_DEAD, SLOT_STATE_PENDING, SLOT_STATE_LIVE, SLOT_STATE_LIVE]);
  assert.deepEqual([totals().liveBytes, totals().deadBytes, totals().stripes], [600, 300, 1]);
});

test('a stripe without a record or a segment without one is corruption', () => {
  const { release } = committed();
  assert.throws(() => release(4711n), { code: 'CORRUPT', message: /segment 0000000000001267 has no record/ });
});

test('a dead stripe owes no repair', () => {
  const { fixture, pg, stripe, segments, release, totals } = committed([0, 1, 2], [4]);
  assert.equal(totals().repairsOwed, 1);
  release(segments[0], segments[1]);
  assert.equal(totals().repairsOwed, 1);
  release(segments[2]);
  assert.equal(totals().repairsOwed, 0);
  assert.equal(
    fixture.store.run((tx) => readRepair(tx, pg, stripe)),
    undefined,
  );
  // The missing shard never was on a disk: it is not among the dead bytes.
  assert.equal(totals().deadBytes, 600 + 300);
});

test('doubtful shards owe a repair until they are dead', () => {
  const { fixture, pg, stripe, write, segments, release, totals } = committed();
  const repair = () => fixture.store.run((tx) => readRepair(tx, pg, stripe));
  const doubt = (server: number, slot: number, id = stripe) =>
    fixture.store.run((tx) => recordDoubtful(tx, server, [{ pg, stripe: id, slot }]));
  const holder = (slot: number) => write.slots[slot]?.server ?? 0;
  doubt(holder(1), 0);
  doubt(holder(0), 9);
  doubt(holder(0), 0, stripe + 1n);
  assert.equal(repair(), undefined);
  doubt(holder(4), 4);
  doubt(holder(0), 0);
  doubt(holder(0), 0);
  assert.deepEqual(repair(), [0, 4]);
  assert.equal(totals().repairsOwed, 1);
  release(segments[0]);
  assert.deepEqual(repair(), [4]);
  assert.equal(totals().repairsOwed, 1);
  doubt(holder(0), 0);
  assert.deepEqual(repair(), [4]);
  release(segments[1], segments[2]);
  assert.equal(repair(), undefined);
  assert.equal(totals().repairsOwed, 0);
});

test('readers see each stripe once, with the state of every slot', () => {
  const { fixture, pg, write, extents } = committed([0, 2], [3]);
  const described = fixture.store.run((tx) => describeExtents(tx, extents));
  assert.equal(described.stripes.length, 1);
  const stripe = described.stripes[0] ?? assert.fail('no stripe');
  assert.equal(stripe.pg, pg);
  assert.deepEqual(stripe.stripe, write.stripe);
  assert.deepEqual([stripe.dataCount, stripe.parityCount], [3, 2]);
  assert.deepEqual(
    stripe.slots.map(({ state }) => state),
    [SLOT_STATE_LIVE, SLOT_STATE_PENDING, SLOT_STATE_LIVE, SLOT_STATE_MISSING, SLOT_STATE_LIVE],
  );
  assert.deepEqual(
    stripe.slots.map(({ root, length, position }) => [decodeId(root), length, position]),
    write.slots.map(({ root, length, position }) => [decodeId(root), length, position]),
  );
  assert.deepEqual(
    described.extents.map(({ stripeIndex, slot, fileOffset, length }) => [stripeIndex, slot, fileOffset, length]),
    [
      [0, 0, 0, 100],
      [0, 2, 1000, 300],
    ],
  );
});
