import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeId, type Id, makeId, v1 } from '@tessera/protocol';
import { readRepair } from '../../records/repair.js';
import { readSegment } from '../../records/segment.js';
import { type MixingKey, readStripe } from '../../records/stripe.js';
import { readTotals } from '../../records/totals.js';
import { layoutOf, type PresentedWrite } from '../../testing/cluster-fixture.js';
import { changeSlot, code, extent, LENGTHS, RS, without, written } from '../../testing/written-stripe.js';
import { closeLease } from './close-lease.js';
import { mixingKeyOf } from './mixing-key.js';

const { SLOT_STATE_LIVE, SLOT_STATE_PENDING, SLOT_STATE_MISSING } = v1.SlotState;

test('the first commit makes the record, named slots live and the others pending', () => {
  const { fixture, pg, stripe, lease, commit } = written();
  const [first, second] = commit([0, 2]);
  const record = fixture.store.run((tx) => readStripe(tx, pg, stripe));
  assert.deepEqual(
    record?.slots.map(({ state }) => state),
    [SLOT_STATE_LIVE, SLOT_STATE_PENDING, SLOT_STATE_LIVE, SLOT_STATE_PENDING, SLOT_STATE_LIVE, SLOT_STATE_LIVE],
  );
  assert.equal(record.lease, lease);
  assert.deepEqual(record.target, { data: 4, parity: 2 });
  assert.equal(record.repairOwed, false);
  assert.equal(first?.fileOffset, 0);
  assert.equal(second?.fileOffset, 2_000);
  assert.equal(second.length, 900);
  assert.deepEqual(
    record.slots.map(({ segment }) => segment),
    [first.segment, 0n, second.segment, 0n, 0n, 0n],
  );
  const segment = fixture.store.run((tx) => readSegment(tx, second.segment));
  assert.deepEqual(segment, { pg, stripe, slot: 2, length: 900, root: 900_002n, refs: 1 });
  const totals = fixture.store.run(readTotals);
  assert.equal(totals.stripes, 1);
  assert.equal(totals.liveBytes, 1000 + 900 + 2 * 1000);
  assert.equal(totals.repairsOwed, 0);
});

test('later commits find the record, make their slots live and free the lease with the last', () => {
  const { fixture, pg, stripe, commit } = written();
  commit([0]);
  commit([3, 1]);
  commit([2]);
  const record = fixture.store.run((tx) => readStripe(tx, pg, stripe));
  assert.ok(record?.slots.every(({ state }) => state === SLOT_STATE_LIVE));
  assert.equal(record?.lease, 0n);
  const totals = fixture.store.run(readTotals);
  assert.equal(totals.stripes, 1);
  assert.equal(totals.liveBytes, 3700 + 2000);
});

test('a short stripe keeps all parity; copies-1 has none', () => {
  const short = written(RS, [512]);
  short.commit([0]);
  assert.equal(short.fixture.store.run((tx) => readStripe(tx, short.pg, short.stripe))?.slots.length, 3);
  const single = written(layoutOf('copies-1'), [512]);
  single.commit([0]);
  assert.equal(single.fixture.store.run((tx) => readStripe(tx, single.pg, single.stripe))?.slots.length, 1);
});

test('a missing parity shard is owed as a repair in the same transaction', () => {
  const { fixture, pg, stripe, write, commit } = written();
  commit([0, 1, 2, 3], without(write, 5));
  const record = fixture.store.run((tx) => readStripe(tx, pg, stripe));
  assert.equal(record?.slots[5]?.state, SLOT_STATE_MISSING);
  assert.equal(record.repairOwed, true);
  assert.deepEqual(
    fixture.store.run((tx) => readRepair(tx, pg, stripe)),
    [5],
  );
  const totals = fixture.store.run(readTotals);
  assert.equal(totals.repairsOwed, 1);
  assert.equal(totals.liveBytes, 3700 + 1000);
});

test('a degraded commit needs max(1, m-1) parity shards', () => {
  const two = written();
  assert.throws(() => two.commit([0], without(two.write, 4, 5)), code('COMMIT_REFUSED', /0 of 2 parity.*at least 1/));
  const one = written(layoutOf('rs-4-1'));
  assert.throws(() => one.commit([0], without(one.write, 4)), code('COMMIT_REFUSED', /0 of 1 parity.*at least 1/));
  const three = written(layoutOf('rs-4-3'));
  assert.throws(() => three.commit([0], without(three.write, 4, 6)), code('COMMIT_REFUSED', /1 of 3 parity.*least 2/));
  three.commit([0], without(three.write, 4));
});

test('data without a receipt is refused', () => {
  const { write, commit } = written();
  assert.throws(() => commit([0], without(write, 1)), code('RECEIPT_REFUSED', /slot 1 .*data shard needs a receipt/));
});

test('a lease that is closed, unknown or of another session is refused', () => {
  const { fixture, lease, commit } = written();
  assert.throws(() => commit([0], {}, { session: 99n }), code('COMMIT_REFUSED', /another session/));
  assert.throws(() => commit([0], { lease: encodeId(5n) }), code('LEASE_CLOSED', /never was/));
  assert.throws(() => commit([0], { lease: new Uint8Array() }), code('LEASE_CLOSED', /never was/));
  fixture.store.run((tx) => closeLease(tx, fixture.cluster, fixture.session, { lease: encodeId(lease) }));
  assert.throws(() => commit([0]), code('LEASE_CLOSED', /closed/));
});

test('a session that was told the receipts commits for the one that holds the lease', () => {
  const { fixture, pg, stripe, write, commit } = written();
  const lender = encodeId(fixture.session);
  const other = { session: 99n };
  assert.throws(() => commit([0], { lender: encodeId(98n) }, other), code('COMMIT_REFUSED', /another session/));
  commit([0], { lender }, other);
  // The others of the stripe are for those who have its receipts, now as before, and for the holder.
  const guessed = { lender, ...changeSlot(write, 5, { receipt: new Uint8Array(16) }) };
  assert.throws(() => commit([1], guessed, other), code('RECEIPT_REFUSED', /slot 5 /));
  const none = { lender, slots: write.slots.map((slot) => ({ ...slot, receipt: new Uint8Array() })) };
  assert.throws(() => commit([1], none, other), code('RECEIPT_REFUSED', /slot 0 .*data shard needs a receipt/));
  commit([1], { lender }, other);
  commit([2, 3]);
  const record = fixture.store.run((tx) => readStripe(tx, pg, stripe));
  assert.equal(record?.lease, 0n);
  assert.ok(record.slots.every(({ state }) => state === SLOT_STATE_LIVE));
});

test('a lease counts once and for its holder in one commit', () => {
  const { fixture, pg, stripe, lease, write } = written();
  const second = fixture.stripeWrite(RS, { pg, stripe: stripe + 1n, lease }, LENGTHS);
  const extents = [extent(write, 0, 0), extent(second, 0, 2_000)];
  const stripes = [{ ...write, lender: encodeId(fixture.session) }, second];
  const refusal = code('COMMIT_REFUSED', /another session/);
  assert.throws(() => fixture.commit({ layout: RS, extents, stripes, session: 99n }), refusal);
  fixture.commit({ layout: RS, extents, stripes });
});

test('a stripe outside the ranges of the lease is refused', () => {
  const { fixture, pg, stripe, lease, commit } = written();
  const beyond = fixture.stripeWrite(RS, { pg, stripe: stripe + 8n, lease }, LENGTHS);
  const present = (write: PresentedWrite) =>
    fixture.commit({ layout: RS, extents: [extent(write, 0, 0)], stripes: [write] });
  assert.throws(() => present(beyond), code('COMMIT_REFUSED', /outside the ranges/));
  const elsewhere = fixture.stripeWrite(RS, { pg: pg === 1 ? 2 : 1, stripe, lease }, LENGTHS);
  assert.throws(() => present(elsewhere), code('COMMIT_REFUSED', /outside the ranges/));
  present(fixture.stripeWrite(RS, { pg, stripe: stripe + 7n, lease }, LENGTHS));
  commit([0]);
});

test('the code must be what the layout asks for', () => {
  const { write, commit } = written();
  assert.throws(() => commit([0], {}, { file: layoutOf('rs-4-3') }), code('COMMIT_REFUSED', /made for rs-4-2/));
  assert.throws(() => commit([0], { target: { data: 4, parity: 3 } }), code('COMMIT_REFUSED', /made for rs-4-3/));
  const narrow = written(layoutOf('rs-2-2'), [1000, 1000]);
  const wide = narrow.fixture.stripeWrite(
    layoutOf('rs-2-2'),
    { pg: narrow.pg, stripe: narrow.stripe, lease: narrow.lease },
    [1000, 1000, 1000],
  );
  assert.throws(() => narrow.commit([0], wide), code('COMMIT_REFUSED', /3 data and 2 parity.*1\.\.2 and exactly 2/));
  assert.throws(
    () => commit([0], { parityCount: 1, slots: write.slots.slice(0, 5) }),
    code('COMMIT_REFUSED', /4 data and 1 parity/),
  );
});

test('a slot is named once, by an extent of its length', () => {
  const { fixture, write, commit } = written();
  commit([0]);
  assert.throws(() => commit([0]), code('COMMIT_REFUSED', /slot 0 has been named already/));
  assert.throws(() => commit([1, 1]), code('COMMIT_REFUSED', /slot 1 has been named already/));
  assert.throws(() => commit([4]), code('COMMIT_REFUSED', /slot 4 is none of its 4 data slots/));
  const named = { ...extent(write, 1, 0), length: 799 };
  assert.throws(
    () => fixture.commit({ layout: RS, extents: [named], stripes: [write] }),
    code('COMMIT_REFUSED', /slot 1 has 800 bytes, the extents in it 799/),
  );
  commit([1]);
});

test('a stripe is shared by files of one mixing key only, which its first commit says', () => {
  const [d1, d2, f1, f2] = [makeId(1, 501), makeId(1, 502), makeId(1, 601), makeId(1, 602)];
  const { MIXING_FILE, MIXING_DIRECTORY, MIXING_TENANT } = v1.Mixing;
  const of = (mixing: v1.Mixing, directory: Id, file: Id) => ({
    mixing: mixingKeyOf(layoutOf('rs-4-2', { mixing }), directory, file),
  });
  const byDirectory = written();
  byDirectory.commit([0], {}, of(MIXING_DIRECTORY, d1, f1));
  const refused = (key: { mixing: MixingKey }, text: RegExp) =>
    assert.throws(() => byDirectory.commit([1], {}, key), code('COMMIT_REFUSED', text));
  refused(
    of(MIXING_DIRECTORY, d2, f1),
    /directory 00000100000001f5.*with files of directory 00000100000001f6: write it/,
  );
  refused(of(MIXING_FILE, d1, f1), /with files of file 0000010000000259 alone/);
  refused(of(MIXING_TENANT, d1, f1), /with files of all directories of its tenant/);
  refused({ mixing: { ...of(MIXING_DIRECTORY, d1, f1).mixing, tenant: 1 } }, /directory/);
  byDirectory.commit([1], {}, of(MIXING_DIRECTORY, d1, f2));
  const record = byDirectory.fixture.store.run((tx) => readStripe(tx, byDirectory.pg, byDirectory.stripe));
  assert.deepEqual(record?.mixing, { tenant: 0, mixing: MIXING_DIRECTORY, inode: d1 });

  const byFile = written();
  byFile.commit([0], {}, of(MIXING_FILE, d1, f1));
  assert.throws(() => byFile.commit([1], {}, of(MIXING_FILE, d1, f2)), code('COMMIT_REFUSED', /259 alone.*25a alone/));
  byFile.commit([1], {}, of(MIXING_FILE, d2, f1));

  const byTenant = written();
  byTenant.commit([0], {}, of(MIXING_TENANT, d1, f1));
  assert.throws(() => byTenant.commit([1], {}, of(MIXING_DIRECTORY, d1, f1)), code('COMMIT_REFUSED', /its tenant/));
  byTenant.commit([1], {}, of(MIXING_TENANT, d2, f2));
});

test('a segment longer than the layout allows is refused', () => {
  const { commit } = written(layoutOf('copies-2'), [65_537]);
  const small = layoutOf('copies-2', { segmentBytes: 65_536 });
  assert.throws(() => commit([0], {}, { file: small }), code('COMMIT_REFUSED', /at most 65536/));
});

test('the same stripe with other content is refused', () => {
  const { write, commit } = written();
  commit([0]);
  const other = code('COMMIT_REFUSED', /other content/);
  assert.throws(() => commit([1], changeSlot(write, 3, { root: encodeId(7n) })), other);
  assert.throws(() => commit([1], changeSlot(write, 5, { position: 7 })), other);
  assert.throws(() => commit([1], { dataCount: 3, slots: write.slots.filter((_, index) => index !== 3) }), other);
});

test('malformed requests are refused as such', () => {
  const { fixture, write, commit } = written();
  const invalid = (text: RegExp) => code('INVALID_ARGUMENT', text);
  assert.throws(() => commit([0], { dataCount: 5 }), invalid(/lists 6/));
  assert.throws(() => commit([0], { dataCount: 0, slots: [] }), invalid(/0 data/));
  assert.throws(() => commit([0], { dataCount: 33 }), invalid(/33 data/));
  assert.throws(() => commit([0], { stripe: new Uint8Array() }), invalid(/without its placement group or id/));
  assert.throws(() => commit([0], { stripe: new Uint8Array(7) }), invalid(/8 bytes/));
  assert.throws(() => commit([0], changeSlot(write, 0, { length: 0 })), invalid(/data slot of 0 bytes/));
  assert.throws(() => commit([0], changeSlot(write, 4, { length: 999 })), invalid(/parity slot of 999/));
  assert.throws(
    () => commit([0], changeSlot(write, 0, { durability: 257 as v1.Durability })),
    invalid(/durability 257/),
  );
  assert.throws(() => commit([]), invalid(/no extent lies in it/));
  const run = (extents: v1.ExtentWrite.$Properties[], stripes: v1.StripeWrite.$Properties[]) =>
    fixture.commit({ layout: RS, extents, stripes });
  assert.throws(() => run([extent(write, 0, 0)], []), invalid(/not presented/));
  assert.throws(() => run([extent(write, 0, 0)], [write, write]), invalid(/presented twice/));
  assert.throws(() => run([extent(write, 0, 10), extent(write, 1, 500)], [write]), invalid(/before the one in front/));
  assert.throws(() => run([{ ...extent(write, 0, 0), length: 0 }], [write]), invalid(/empty/));
  const far = { ...extent(write, 0, 0), fileOffset: Number.MAX_SAFE_INTEGER - 5 };
  assert.throws(() => run([far], [write]), invalid(/ends above/));
  assert.throws(() => run(new Array(1001).fill(extent(write, 0, 0)), [write]), invalid(/1001 extents/));
});

test('a refused commit leaves nothing behind', () => {
  const { fixture, write, commit } = written();
  const before = new Map(fixture.store.entries);
  assert.throws(() => commit([0, 1], changeSlot(write, 3, { receipt: new Uint8Array(16) })));
  assert.deepEqual(fixture.store.entries, before);
});

test('several extents of one commit share a segment when together they are the whole of it', () => {
  const { fixture, pg, stripe, write, commit } = written();
  const part = (fileOffset: number, segmentOffset: number, length: number) => ({
    ...extent(write, 1, fileOffset),
    length,
    segmentOffset,
  });
  const present = (...extents: ReturnType<typeof part>[]) => fixture.commit({ layout: RS, extents, stripes: [write] });
  const refused = (text: RegExp, ...extents: ReturnType<typeof part>[]) =>
    assert.throws(() => present(...extents), code('COMMIT_REFUSED', text));
  refused(/slot 1 has 800 bytes, the extents in it 300/, part(0, 0, 300));
  refused(/of slot 1 no extent has byte 0;/, part(0, 1, 799));
  refused(/of slot 1 no extent has byte 300;/, part(0, 0, 300), part(900, 400, 400));
  refused(/of slot 1 two extents have byte 200;/, part(0, 0, 300), part(900, 200, 600));
  refused(/slot 1 has 800 bytes, the extents in it 801/, part(0, 0, 300), part(900, 300, 501));
  // In any order in the segment.
  const [first, second] = present(part(0, 500, 300), part(900, 0, 500));
  assert.equal(first?.segment, second?.segment);
  assert.deepEqual([first?.segmentOffset, second?.segmentOffset], [500, 0]);
  const segment = fixture.store.run((tx) => readSegment(tx, first?.segment ?? 0n));
  assert.deepEqual(segment, { pg, stripe, slot: 1, length: 800, root: 800_001n, refs: 2 });
  assert.equal(fixture.store.run(readTotals).liveBytes, 800 + 2 * 1000);
  assert.throws(() => present(part(0, 0, 800)), code('COMMIT_REFUSED', /slot 1 has been named already/));
  commit([0]);
  fixture.release([first?.segment ?? 0n]);
  assert.equal(fixture.store.run((tx) => readSegment(tx, first?.segment ?? 0n))?.refs, 1);
  fixture.release([first?.segment ?? 0n]);
  assert.equal(
    fixture.store.run((tx) => readSegment(tx, first?.segment ?? 0n)),
    undefined,
  );
});
