import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Table } from '../../records/keys.js';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';

test('a file and an empty directory go', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d');
  await fixture.put('/d/f', 'abc');
  const file = (await fixture.stat('/d/f')).inode ?? undefined;
  await fixture.op('remove', { node: node('/d/f') });
  await refused(fixture.stat('/d/f'), 'NOT_FOUND', /"f" in/);
  await refused(fixture.op('stat', { node: node('', file) }), 'NOT_FOUND', /not there any more/);
  assert.equal(Number((await fixture.stat('/d')).entries), 0);
  await fixture.op('remove', { node: node('/d') });
  assert.deepEqual(await fixture.names('/'), []);
  const totals = await fixture.totals();
  assert.deepEqual([totals.files, totals.directories, totals.logicalBytes, totals.reaperPending], [0, 1, 0, 0]);
  await refused(fixture.op('remove', { node: node('/d') }), 'NOT_FOUND', /"d"/);
});

test('a directory with entries goes only when asked for, in one step whatever its size', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d/e');
  await fixture.put('/d/f', 'abc');
  await refused(fixture.op('remove', { node: node('/d') }), 'NOT_EMPTY', /2 entries; remove it recursively/);
  const before = fixture.cluster.store.entries.size;
  await fixture.op('remove', { node: node('/d'), recursive: true });
  assert.deepEqual(await fixture.names('/'), []);
  // The dentry went, the reaper's entry and the stored results (of the refused removal there is none) came.
  assert.equal(fixture.cluster.store.entries.size, before + 1);
  const reaped = [...fixture.cluster.store.entries.keys()].filter((key) => key.startsWith(Table.REAPED.toString(16)));
  assert.equal(reaped.length, 1);
  const totals = await fixture.totals();
  assert.deepEqual([totals.directories, totals.files, totals.reaperPending], [2, 1, 1]);
});
