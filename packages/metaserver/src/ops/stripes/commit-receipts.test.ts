import assert from 'node:assert/strict';
import { test } from 'node:test';
import { computeReceipt, encodeId, v1 } from '@tessera/protocol';
import { pgKey } from '../../records/keys.js';
import { readPlacementGroup } from '../../records/placement-group.js';
import { recordHeader, records } from '../../records/record.js';
import { readStripe } from '../../records/stripe.js';
import { hostLabels, layoutOf, type PresentedWrite, receiptKeyOf } from '../../testing/cluster-fixture.js';
import { changeSlot, code, LENGTHS, RS, SYNCED, WRITTEN, written } from '../../testing/written-stripe.js';

test('positions are distinct and exist', () => {
  const { write, commit } = written();
  assert.throws(
    () => commit([0], changeSlot(write, 1, { position: 0 })),
    code('COMMIT_REFUSED', /position 0 holds two/),
  );
  assert.throws(
    () => commit([0], changeSlot(write, 1, { position: 8 })),
    code('COMMIT_REFUSED', /position 8 does not/),
  );
  const missing = { position: 1, receipt: new Uint8Array() };
  assert.throws(() => commit([0], changeSlot(write, 5, missing)), code('COMMIT_REFUSED', /position 1 holds two/));
});

test('a receipt holds for exactly its shard, from a server that holds the position', () => {
  const { fixture, pg, stripe, write, commit } = written();
  const refused = (change: Partial<PresentedWrite['slots'][number]>, text: RegExp) =>
    assert.throws(() => commit([1], changeSlot(write, 0, change)), code('RECEIPT_REFUSED', text));
  refused({ root: encodeId(1n) }, /not what server/);
  refused({ length: 999 }, /not what server/);
  refused({ receipt: new Uint8Array(16) }, /not what server/);
  refused({ receipt: new Uint8Array(3) }, /not what server/);
  refused({ server: 77 }, /no server 77/);
  refused({ position: 7 }, /neither holds nor fills position 7/);
  const other = fixture.member(pg, 7);
  const claim = { pg, stripe, slot: 0, position: 0, length: 1000, root: 1_000_000n, server: other, durability: SYNCED };
  refused({ server: other, receipt: computeReceipt(receiptKeyOf(other), claim) }, /neither holds nor fills position 0/);
  const swapped = changeSlot(write, 0, { receipt: write.slots[3]?.receipt ?? new Uint8Array() });
  assert.throws(() => commit([1], swapped), code('RECEIPT_REFUSED', /not what server/));
  commit([1]);
});

test('a layout that says synced takes no stripe with a shard that was only written', () => {
  const unsynced = written(layoutOf('rs-4-2', { durability: WRITTEN }));
  const refusal = code('COMMIT_REFUSED', /without a sync.*says synced; read the layout again/);
  assert.throws(() => unsynced.commit([0], {}, { file: RS }), refusal);
  // Claiming more than the chunkserver signed for does not help, not even for one shard.
  const claimed = { slots: unsynced.write.slots.map((slot) => ({ ...slot, durability: SYNCED })) };
  assert.throws(() => unsynced.commit([0], claimed, { file: RS }), code('RECEIPT_REFUSED', /not what server/));
  const { write, pg, stripe, lease } = unsynced;
  const synced = unsynced.fixture.stripeWrite(RS, { pg, stripe, lease }, LENGTHS);
  const mixed = { slots: synced.slots.map((slot, index) => (index === 5 ? (write.slots[5] ?? slot) : slot)) };
  assert.throws(() => unsynced.commit([0], mixed, { file: RS }), refusal);
  unsynced.commit([0]);
  // The directory was changed since: the files that share the stripe are not let in by the first one's record.
  assert.throws(() => unsynced.commit([1], {}, { file: RS }), refusal);
  assert.throws(() => unsynced.commit([1], claimed, { file: RS }), refusal);
  unsynced.commit([1]);
});

test('a layout that says written takes synced shards as well', () => {
  const { fixture, pg, stripe, commit } = written();
  const file = layoutOf('rs-4-2', { durability: WRITTEN });
  commit([0], {}, { file });
  commit([1]);
  assert.equal(fixture.store.run((tx) => readStripe(tx, pg, stripe))?.durability, SYNCED);
});

test('a server that is being filled counts beside the one that holds the position', () => {
  const { fixture, pg, stripe, write, commit } = written();
  fixture.addServer(9, hostLabels('host-9'));
  fixture.store.run((tx) => {
    const group = readPlacementGroup(tx, pg) ?? assert.fail('no group');
    const members = group.members.map((member, position) => (position === 0 ? { ...member, filling: 9 } : member));
    const value = records.PlacementGroup.encode({ header: recordHeader(tx), ...group, epoch: 2, members });
    tx.put(pgKey(pg), value.finish());
  });
  const claim = { pg, stripe, slot: 0, position: 0, length: 1000, root: 1_000_000n, server: 9, durability: SYNCED };
  const receipt = computeReceipt(receiptKeyOf(9), claim);
  commit([0], changeSlot(write, 0, { server: 9, receipt }));
  commit([1]);
});

test('a receipt for a shard that its server doubts since is refused', () => {
  const { fixture, pg, stripe, write, commit } = written();
  const server = write.slots[2]?.server ?? 0;
  fixture.cluster.hear(server, new Uint8Array(16).fill(server), {
    capacityBytes: 0,
    usedBytes: 0,
    freeBytes: 0,
    shards: 0,
    diskState: v1.DiskState.DISK_STATE_HEALTHY,
    diskMessage: '',
    readErrors: 0,
    writeErrors: 0,
    doubtful: [{ pg, stripe, slot: 2 }],
  });
  assert.throws(() => commit([0]), code('RECEIPT_REFUSED', /slot 2 .*no longer sure/));
});

test('the domains and labels of the layout hold for the servers that signed', () => {
  const { fixture, write, commit } = written();
  const shared = [write.slots[0]?.server ?? 0, write.slots[1]?.server ?? 0];
  for (const server of shared) fixture.addServer(server, hostLabels('host-shared'));
  assert.throws(() => commit([0]), code('COMMIT_REFUSED', /host 'host-shared' holds 2 of its shards.*allows 1/));
  commit([0], {}, { file: layoutOf('rs-4-2', { shardsPerDomain: 2 }) });
  const labelled = layoutOf('rs-4-2', { placementLabels: [{ key: 'class', value: 'ssd' }], shardsPerDomain: 2 });
  const again = written();
  assert.throws(
    () => again.commit([0], {}, { file: labelled }),
    code('COMMIT_REFUSED', /does not carry the layout's placement labels/),
  );
  const racks = layoutOf('rs-4-2', { failureDomain: v1.DomainLevel.DOMAIN_LEVEL_RACK });
  assert.throws(() => again.commit([0], {}, { file: racks }), code('COMMIT_REFUSED', /has no label 'rack'/));
});
