import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';

async function setUp() {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/a/sub');
  await fixture.mkdir('/b');
  await fixture.put('/a/f', 'content');
  const move = (from: string, to: string, replace = false) =>
    fixture.op('rename', { from: node(from), to: node(to), replace });
  return { fixture, move };
}

test('a file moves, also over another one', async () => {
  const { fixture, move } = await setUp();
  const before = await fixture.stat('/a/f');
  fixture.cluster.store.nowNs = 9_000n;
  const { attributes } = await move('/a/f', '/b/g');
  assert.deepEqual(attributes?.inode, before.inode);
  assert.equal(Number(attributes?.changedNs), 9_000);
  assert.deepEqual(attributes?.modifiedNs, before.modifiedNs);
  assert.deepEqual(await fixture.names('/a'), ['sub']);
  assert.deepEqual(await fixture.names('/b'), ['g']);
  assert.equal(Number((await fixture.stat('/a')).entries), 1);
  assert.equal(Number((await fixture.stat('/b')).entries), 1);
  assert.equal(Number((await fixture.stat('/a')).modifiedNs), 9_000);

  await fixture.put('/b/other', 'xx');
  await refused(move('/b/g', '/b/other'), 'EXISTS', /"other" in .* exists/);
  await move('/b/g', '/b/other', true);
  assert.deepEqual(await fixture.names('/b'), ['other']);
  assert.deepEqual((await fixture.stat('/b/other')).inode, before.inode);
  const totals = await fixture.totals();
  assert.equal(totals.files, 1);
  assert.equal(totals.logicalBytes, 7);
});

test('a directory moves with what is below it', async () => {
  const { fixture, move } = await setUp();
  await move('/a', '/b/moved');
  assert.deepEqual(await fixture.names('/'), ['b']);
  assert.deepEqual(await fixture.names('/b/moved'), ['f', 'sub']);
  // Layouts and bases follow the parent.
  await fixture.op('setLayout', { node: node('/b'), layout: { inlineBytes: 1 } });
  const { effective } = await fixture.op('getLayout', { node: node('/b/moved/sub') });
  assert.equal(effective?.inlineBytes, 1);
  const base = (await fixture.stat('/b/moved')).inode ?? undefined;
  assert.equal((await fixture.op('stat', { node: node('f', base) })).attributes?.kind, 1);
});

test('a name that moves onto itself stays', async () => {
  const { fixture, move } = await setUp();
  const before = await fixture.stat('/a/f');
  assert.deepEqual((await move('/a/f', '/a/f')).attributes, before);
  assert.deepEqual((await move('/a', '/a')).attributes?.kind, 2);
  assert.deepEqual(await fixture.stat('/a/f'), before);
});

test('a directory does not move below itself', async () => {
  const { fixture, move } = await setUp();
  await refused(move('/a', '/a/x'), 'INVALID_ARGUMENT', /"a" cannot move into itself/);
  await refused(move('/a', '/a/sub/x'), 'INVALID_ARGUMENT', /cannot move into itself/);
  const sub = (await fixture.stat('/a/sub')).inode ?? undefined;
  const throughBase = fixture.op('rename', { from: node('/a'), to: node('x', sub) });
  await refused(throughBase, 'INVALID_ARGUMENT', /cannot move into itself/);
  await refused(move('/a/sub', '/a', true), 'NOT_EMPTY', /2 entries/);
  assert.deepEqual(await fixture.names('/a'), ['f', 'sub']);
});

test('what is in the way gives way only to its like, and a directory only when empty', async () => {
  const { fixture, move } = await setUp();
  await refused(move('/a/f', '/b', true), 'IS_A_DIRECTORY', /"b" is a directory/);
  await refused(move('/b', '/a/f', true), 'NOT_A_DIRECTORY', /"f" in .* is no directory/);
  await refused(move('/b', '/a/sub'), 'EXISTS', /exists/);
  await fixture.put('/a/sub/x');
  await refused(move('/b', '/a/sub', true), 'NOT_EMPTY', /1 entries/);
  await fixture.op('remove', { node: node('/a/sub/x') });
  await move('/b', '/a/sub', true);
  assert.deepEqual(await fixture.names('/'), ['a']);
  assert.deepEqual(await fixture.names('/a'), ['f', 'sub']);
  assert.equal(Number((await fixture.stat('/a')).entries), 2);
  assert.equal((await fixture.totals()).directories, 3);
});

test('what is missing is named', async () => {
  const { move } = await setUp();
  await refused(move('/a/none', '/b/x'), 'NOT_FOUND', /"none" in/);
  await refused(move('/a/f', '/none/x'), 'NOT_FOUND', /"none" in/);
  await refused(move('/a/f', '/a/f/x'), 'NOT_A_DIRECTORY', /"f" in/);
});
