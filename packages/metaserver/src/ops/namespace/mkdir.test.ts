import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';

test('a directory is made below one that is there', async () => {
  const fixture = await NamespaceFixture.create();
  fixture.cluster.store.nowNs = 5_000n;
  const { attributes, created } = await fixture.op('mkdir', { node: node('/a'), mode: 0o700 });
  assert.equal(created, true);
  assert.equal(attributes?.kind, 2);
  assert.equal(attributes?.mode, 0o700);
  assert.equal(Number(attributes?.createdNs), 5_000);
  assert.equal((await fixture.stat('/a')).mode, 0o700);
  const root = await fixture.stat('/');
  assert.equal(Number(root.entries), 1);
  assert.equal(Number(root.modifiedNs), 5_000);
  assert.equal((await fixture.totals()).directories, 2);

  await refused(fixture.op('mkdir', { node: node('/b/c') }), 'NOT_FOUND', /"b" in "\/b\/c"/);
  await refused(fixture.op('mkdir', { node: node('/a') }), 'EXISTS', /"a" exists/);
  await refused(fixture.op('mkdir', { node: node('/') }), 'EXISTS', /exists/);
  await refused(fixture.op('mkdir', { node: node('/m'), mode: 0o10000 }), 'INVALID_ARGUMENT', /mode 10000/);
  await refused(fixture.op('mkdir', {}), 'INVALID_ARGUMENT', /node is missing/);
});

test('with parents all that is missing is made, what is there stays', async () => {
  const fixture = await NamespaceFixture.create();
  assert.equal((await fixture.mkdir('/a/b/c')).created, true);
  assert.equal(Number((await fixture.stat('/a')).entries), 1);
  assert.equal(Number((await fixture.stat('/a/b')).entries), 1);
  assert.equal(Number((await fixture.stat('/a/b/c')).entries), 0);
  const again = await fixture.op('mkdir', { node: node('/a/b'), parents: true, mode: 0o700 });
  assert.equal(again.created, false);
  assert.equal(again.attributes?.mode, 0o755);
  assert.equal((await fixture.op('mkdir', { node: node(''), parents: true })).created, false);
  assert.equal((await fixture.totals()).directories, 4);

  await fixture.put('/a/file');
  await refused(fixture.mkdir('/a/file'), 'EXISTS', /is no directory/);
  await refused(fixture.mkdir('/a/file/x/y'), 'NOT_A_DIRECTORY', /"file" in/);
});

test('a layout that is wrong or that the cluster cannot hold makes no directory', async () => {
  const fixture = await NamespaceFixture.create({ servers: 3 });
  const make = (redundancy: { data: number; parity: number }) =>
    fixture.op('mkdir', { node: node('/x/y'), parents: true, layout: { redundancy } });
  await refused(make({ data: 33, parity: 1 }), 'INVALID_LAYOUT', /33 data/);
  await refused(make({ data: 4, parity: 2 }), 'LAYOUT_UNSATISFIABLE', /3 .*6|6 .*3/);
  assert.deepEqual(await fixture.names('/'), []);
  const { attributes } = await make({ data: 1, parity: 1 });
  assert.equal(attributes?.kind, 2);
});
