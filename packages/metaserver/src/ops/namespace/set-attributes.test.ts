import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBigInt, toLong, type v1 } from '@tessera/protocol';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';

async function setUp() {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d');
  await fixture.put('/d/f', 'abc');
  const set = (path: string, changes: v1.SetAttributesOperation.$Properties) =>
    fixture.op('setAttributes', { node: node(path), ...changes });
  return { fixture, set };
}

test('what is set changes, the rest stays', async () => {
  const { fixture, set } = await setUp();
  const before = await fixture.stat('/d/f');
  fixture.cluster.store.nowNs = 9_000n;
  const { attributes, created } = await set('/d/f', { mode: 0 });
  assert.equal(created, false);
  assert.deepEqual(attributes, await fixture.stat('/d/f'));
  assert.equal(Number(attributes?.changedNs), 9_000);
  assert.deepEqual(attributes?.modifiedNs, before.modifiedNs);
  assert.deepEqual([attributes?.uid, attributes?.gid, attributes?.links], [before.uid, before.gid, before.links]);
  assert.equal(attributes?.mode, 0);
  const farNs = 2n ** 64n - 1n;
  await set('/d/f', { uid: 0xffff_ffff, gid: 5, modifiedNs: toLong(farNs) });
  const after = await fixture.stat('/d/f');
  assert.deepEqual([after.mode, after.uid, after.gid, toBigInt(after.modifiedNs as never)], [0, 0xffff_ffff, 5, farNs]);
  assert.deepEqual(after.contentVersion, before.contentVersion);
  await set('/d/f', { modifiedNow: true });
  assert.equal(Number((await fixture.stat('/d/f')).modifiedNs), 9_000);
});

test('directories too, the root among them, and their entries go on being counted', async () => {
  const { fixture, set } = await setUp();
  await set('/', { mode: 0o700 });
  await set('/d', { mode: 0o2750, uid: 7 });
  await fixture.put('/d/g', 'x');
  const { mode, uid, entries } = await fixture.stat('/d');
  assert.deepEqual([mode, uid, Number(entries)], [0o2750, 7, 2]);
  assert.equal((await fixture.stat('/')).mode, 0o700);
});

test('a file is made when asked for and missing', async () => {
  const { fixture, set } = await setUp();
  await refused(set('/d/new', { modifiedNow: true }), 'NOT_FOUND', /"new"/);
  const made = await set('/d/new', { create: true, mode: 0o600, modifiedNs: 5 });
  assert.equal(made.created, true);
  assert.deepEqual([made.attributes?.mode, Number(made.attributes?.modifiedNs)], [0o600, 5]);
  assert.deepEqual(await fixture.names('/d'), ['f', 'new']);
  assert.equal((await fixture.totals()).files, 2);
  const again = await set('/d/new', { create: true, gid: 3 });
  assert.equal(again.created, false);
  assert.deepEqual(again.attributes?.inode, made.attributes?.inode);
  assert.equal(again.attributes?.mode, 0o600);
  await refused(set('/none/new', { create: true }), 'NOT_FOUND', /"none"/);
  await refused(set('/d/f/new', { create: true }), 'NOT_A_DIRECTORY', /"f"/);
});

test('a repetition gets the answer of the first time, and makes nothing again', async () => {
  const { fixture } = await setUp();
  const sequence = ++fixture.sequence;
  const request = { node: node('/d/new'), create: true, modifiedNow: true };
  const first = await fixture.op('setAttributes', request, sequence);
  await fixture.op('remove', { node: node('/d/new') });
  assert.deepEqual(await fixture.op('setAttributes', request, sequence), first);
  assert.deepEqual(await fixture.names('/d'), ['f']);
});

test('what cannot be is refused', async () => {
  const { set } = await setUp();
  await refused(set('/d/f', { mode: 0o10000 }), 'INVALID_ARGUMENT', /mode 10000/);
  await refused(set('/d/f', { modifiedNow: true, modifiedNs: 5 }), 'INVALID_ARGUMENT', /only one/);
  await refused(set('/', { create: true }), 'INVALID_PATH', /no name/);
});
