import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v1 } from '@tessera/protocol';
import { reapAll } from '../../background/reaper.js';
import { layoutOf } from '../../testing/cluster-fixture.js';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';
import { COPY_EXTENTS_PER_STEP_MAX } from './copy.js';

const COPIES_2 = layoutOf('copies-2');

async function setUp(layout = COPIES_2) {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/a', layout);
  await fixture.mkdir('/b', layout);
  const copy = (from: string, to: string, replace = false) =>
    fixture.op('copy', { from: node(from), to: node(to), replace });
  const put = async (path: string, count: number) =>
    fixture.op('putFile', { node: node(path), ...(await fixture.written(layout, count)) });
  const extents = async (path: string) => (await fixture.op('resolve', { node: node(path) })).extents;
  const liveBytes = async () => (await fixture.totals()).liveBytes;
  return { fixture, copy, put, extents, liveBytes };
}

test('a copy shares the segments, which live until the last file goes', async () => {
  const { fixture, copy, put, extents, liveBytes } = await setUp();
  await put('/a/f', 20);
  await fixture.op('setAttributes', { node: node('/a/f'), mode: 0o600, uid: 4, gid: 5 });
  const { attributes } = await copy('/a/f', '/b/g');
  assert.deepEqual(
    [attributes?.mode, attributes?.uid, attributes?.gid, Number(attributes?.bytes)],
    [0o600, 4, 5, 20_000],
  );
  assert.deepEqual(await extents('/b/g'), await extents('/a/f'));
  assert.notDeepEqual((await fixture.stat('/b/g')).inode, (await fixture.stat('/a/f')).inode);
  const totals = await fixture.totals();
  assert.deepEqual([totals.files, totals.logicalBytes, totals.liveBytes], [2, 40_000, 40_000]);
  await fixture.op('remove', { node: node('/a/f') });
  await reapAll(fixture.store);
  assert.equal(await liveBytes(), 40_000);
  assert.equal((await extents('/b/g'))?.length, 20);
  await fixture.op('remove', { node: node('/b/g') });
  await reapAll(fixture.store);
  assert.equal(await liveBytes(), 0);
});

test('a copy over a copy of the same, and over something else', async () => {
  const { fixture, copy, put, extents, liveBytes } = await setUp();
  await put('/a/f', 2);
  await copy('/a/f', '/b/g');
  await refused(copy('/a/f', '/b/g'), 'EXISTS', /"g" in/);
  await copy('/a/f', '/b/g', true);
  await put('/b/h', 3);
  await copy('/b/g', '/b/h', true);
  assert.deepEqual(await extents('/b/h'), await extents('/a/f'));
  await reapAll(fixture.store);
  assert.equal(await liveBytes(), 4_000);
  await refused(copy('/a/f', '/a/f', true), 'INVALID_ARGUMENT', /same file/);
  for (const path of ['/a/f', '/b/g', '/b/h']) await fixture.op('remove', { node: node(path) });
  assert.equal(await liveBytes(), 0);
});

test('small files, empty ones, and what cannot be copied', async () => {
  const { fixture, copy } = await setUp();
  await fixture.put('/a/small', 'inline');
  await copy('/a/small', '/b/small');
  assert.equal(
    Buffer.from((await fixture.op('resolve', { node: node('/b/small') })).inlineData ?? []).toString(),
    'inline',
  );
  await fixture.put('/a/empty');
  await fixture.op('copy', { from: node('/a/empty'), to: node('/new/empty'), makeParents: true });
  assert.equal(Number((await fixture.stat('/new/empty')).bytes), 0);
  await refused(copy('/a', '/c'), 'IS_A_DIRECTORY', /"a"/);
  await refused(copy('/none', '/c'), 'NOT_FOUND', /"none"/);
  await refused(copy('/a/small', '/b', true), 'IS_A_DIRECTORY', /"b"/);
  await refused(copy('/a/small', '/none/c'), 'NOT_FOUND', /"none"/);
  await fixture.op('symlink', { node: node('/link'), target: Buffer.from('a/small') });
  await copy('/link', '/b/through-link');
  assert.equal((await fixture.stat('/b/through-link')).kind, 1);
  const itself = { ...node('/link'), noFollow: true };
  await refused(fixture.op('copy', { from: itself, to: node('/c') }), 'INVALID_ARGUMENT', /symbolic link/);
});

test('a copy is refused where the layout asks for more than the stripes have', async () => {
  const { fixture, copy, put } = await setUp();
  await put('/a/f', 2);
  await fixture.put('/a/small', 'inline');
  const refusals: [v1.Layout.$Properties, RegExp][] = [
    [{ redundancy: { data: 1, parity: 2 } }, /made for copies-2, the layout there says copies-3/],
    [{ mixing: v1.Mixing.MIXING_FILE, redundancy: { data: 1, parity: 1 } }, /share no stripes/],
    [{ placementLabels: [{ key: 'host', value: 'host-1' }], redundancy: { data: 1, parity: 0 } }, /labels/],
  ];
  for (const [index, [own, message]] of refusals.entries()) {
    await fixture.op('mkdir', { node: node(`/x${index}`), layout: own });
    await refused(copy('/a/f', `/x${index}/f`), 'COMMIT_REFUSED', message);
  }
  const less = { failureDomain: v1.DomainLevel.DOMAIN_LEVEL_DISK, redundancy: { data: 4, parity: 1 } };
  await fixture.op('mkdir', { node: node('/less'), layout: less });
  await copy('/a/f', '/less/f');
  await fixture.op('mkdir', { node: node('/no-inline'), layout: { inlineBytes: 5 } });
  await refused(copy('/a/small', '/no-inline/small'), 'COMMIT_REFUSED', /up to 5 bytes only/);
});

test('stripes on smaller failure domains are not shared with a layout that asks for larger ones', async () => {
  const { fixture, copy, put } = await setUp({ ...COPIES_2, failureDomain: v1.DomainLevel.DOMAIN_LEVEL_DISK });
  await put('/a/f', 1);
  await fixture.op('mkdir', {
    node: node('/hosts'),
    layout: { failureDomain: v1.DomainLevel.DOMAIN_LEVEL_HOST, redundancy: { data: 1, parity: 1 } },
  });
  await refused(copy('/a/f', '/hosts/f'), 'COMMIT_REFUSED', /smaller failure domains/);
});

test('a large file is copied in steps, and refused where it changed in between', async () => {
  const { fixture, copy, put, extents, liveBytes } = await setUp();
  const count = COPY_EXTENTS_PER_STEP_MAX * 2 + 5;
  await put('/a/f', count);
  await refused(copy('/a/f', '/b/g'), 'TOO_LARGE', /more than 400 extents/);
  const { inode = null } = await fixture.op('stage', { directory: node('/b') });
  const source = await fixture.stat('/a/f');
  const step = () =>
    fixture.op('copyExtents', {
      inode: inode ?? null,
      from: { base: source.inode ?? null },
      contentVersion: source.contentVersion ?? null,
    });
  const ends: [number, boolean][] = [];
  for (let done = false; !done; ) {
    const reply = await step();
    done = reply.done ?? false;
    ends.push([Number(reply.bytes), done]);
  }
  assert.deepEqual(ends, [
    [400_000, false],
    [800_000, false],
    [805_000, true],
  ]);
  assert.deepEqual(Number((await step()).bytes), 805_000);
  await fixture.op('publish', { inode, node: node('/b/g'), bytes: source.bytes ?? null });
  assert.deepEqual(await extents('/b/g'), await extents('/a/f'));
  await fixture.op('remove', { node: node('/a/f') });
  await reapAll(fixture.store);
  assert.equal(await liveBytes(), 2_000 * count);
  await fixture.op('remove', { node: node('/b/g') });
  await reapAll(fixture.store);
  assert.equal(await liveBytes(), 0);

  await put('/a/f', 1);
  const other = await fixture.op('stage', { directory: node('/b') });
  const changed = { inode: other.inode ?? null, from: node('/a/f'), contentVersion: source.contentVersion ?? null };
  await refused(fixture.op('copyExtents', changed), 'CHANGED', /changed while it was copied/);
});
