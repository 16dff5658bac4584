import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeId, v1 } from '@tessera/protocol';
import { layoutOf } from '../../testing/cluster-fixture.js';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';
import { readInode } from './inodes.js';

const COPIES_2 = layoutOf('copies-2');
const COPIES_3 = layoutOf('copies-3');
const THREE = { redundancy: { data: 1, parity: 2 } };

async function setUp() {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d', COPIES_2);
  return fixture;
}

const content = (fixture: NamespaceFixture, layout = COPIES_3) => fixture.written(layout, 2, 1_000);

test('a file is put under what it sets itself, keeps it, and is written to by it', async () => {
  const fixture = await setUp();
  const put = (own: v1.Layout.$Properties, made: Awaited<ReturnType<typeof content>>) =>
    fixture.op('putFile', { node: node('/d/f'), layout: own, ...made });
  await refused(put({}, await content(fixture)), 'COMMIT_REFUSED', /the file's layout says copies-2/);
  await put(THREE, await content(fixture));
  const { own, effective, directory } = await fixture.op('getLayout', { node: node('/d/f') });
  assert.deepEqual({ ...own?.redundancy }, THREE.redundancy);
  assert.deepEqual({ ...effective?.redundancy }, THREE.redundancy);
  assert.deepEqual(directory, (await fixture.stat('/d')).inode);

  const open = await fixture.op('openFile', { node: node('/d/f'), create: true, layout: { width: 2 } });
  assert.deepEqual({ ...open.ownLayout?.redundancy }, THREE.redundancy);
  assert.equal(open.layout?.width, 0, 'a file that is there keeps what it was made with');
  const target = { node: { base: open.attributes?.inode as Uint8Array }, directory: open.directory as Uint8Array };
  const { extents, stripes } = await content(fixture);
  await fixture.op('write', { ...target, extents, stripes });
  const less = await content(fixture, COPIES_2);
  const refusal = fixture.op('write', { ...target, extents: less.extents, stripes: less.stripes });
  await refused(refusal, 'COMMIT_REFUSED', /the file's layout says copies-3/);

  await fixture.mkdir('/e', layoutOf('rs-4-2'));
  await fixture.op('rename', { from: node('/d/f'), to: node('/e/f') });
  const moved = await fixture.op('getLayout', { node: node('/e/f') });
  assert.deepEqual({ ...moved.effective?.redundancy }, THREE.redundancy, 'it goes with the file');
  await fixture.op('copy', { from: node('/e/f'), to: node('/d/copy') });
  const copied = await fixture.op('getLayout', { node: node('/d/copy') });
  assert.deepEqual({ ...copied.effective?.redundancy }, { data: 1, parity: 1 }, 'but not with its copies');
});

test('a file that is opened to be made, and one that is staged, set theirs', async () => {
  const fixture = await setUp();
  const open = await fixture.op('openFile', { node: node('/d/f'), create: true, layout: { ...THREE, width: 3 } });
  assert.deepEqual([open.layout?.width, open.ownLayout?.width], [3, 3]);

  const staged = await fixture.op('stage', { directory: node('/d'), layout: THREE });
  assert.deepEqual({ ...staged.layout?.redundancy }, THREE.redundancy);
  const inode = staged.inode as Uint8Array;
  const { extents, stripes, bytes } = await content(fixture);
  await fixture.op('extend', { inode, extents, stripes });
  await fixture.op('publish', { inode, node: node('/d/staged'), bytes, layout: THREE });
  const record = await fixture.store.read((tx) => readInode(tx, decodeId(inode)));
  assert.deepEqual({ ...record?.layout?.redundancy }, THREE.redundancy);
  assert.equal(record?.layout?.segmentBytes ?? undefined, undefined, 'only what it sets itself is kept');

  const plain = await fixture.op('stage', { directory: node('/d') });
  await fixture.op('publish', { inode: plain.inode as Uint8Array, node: node('/d/plain'), bytes: 0 });
  const other = await fixture.store.read((tx) => readInode(tx, decodeId(plain.inode)));
  assert.equal(other?.layout, undefined);
});

test('what a file cannot set, and what the cluster cannot do, is refused, also where it has no stripes', async () => {
  const fixture = await setUp();
  const put = (layout: v1.Layout.$Properties) =>
    fixture.op('putFile', { node: node('/d/f'), bytes: 1, inlineData: Buffer.from('x'), layout });
  const directoryOnly: v1.Layout.$Properties[] = [
    { mixing: v1.Mixing.MIXING_TENANT },
    { failureDomain: v1.DomainLevel.DOMAIN_LEVEL_DISK },
    { shardsPerDomain: 1 },
    { placementLabels: [{ key: 'a', value: 'b' }] },
    { inlineBytes: 0 },
  ];
  for (const layout of directoryOnly) await refused(put(layout), 'INVALID_ARGUMENT', /a file cannot set/);
  await refused(put({ segmentBytes: 1_000 }), 'INVALID_LAYOUT', /segmentBytes is 1000/);
  await refused(put({ startServer: 99 }), 'LAYOUT_UNSATISFIABLE', /server 99 is not registered/);
  const stage = fixture.op('stage', { directory: node('/d'), layout: { startServer: 99 } });
  await refused(stage, 'LAYOUT_UNSATISFIABLE', /server 99/);
  const open = fixture.op('openFile', { node: node('/d/f'), create: true, layout: { startServer: 99 } });
  await refused(open, 'LAYOUT_UNSATISFIABLE', /server 99/);
  assert.deepEqual(await fixture.names('/d'), []);
});

test('what a file sets itself can be changed: what is written from then on goes by it, what is there stays', async () => {
  const fixture = await setUp();
  const { extents, stripes, bytes } = await content(fixture, COPIES_2);
  const { attributes } = await fixture.op('putFile', { node: node('/d/f'), bytes, extents, stripes });
  const set = (layout: v1.Layout.$Properties) => fixture.op('setLayout', { node: node('/d/f'), layout });
  assert.deepEqual({ ...(await set(THREE)).effective?.redundancy }, THREE.redundancy);
  const after = await fixture.stat('/d/f');
  assert.equal(String(after.contentVersion), String(attributes?.contentVersion), 'its content is what it was');
  assert.notEqual(String(after.version), String(attributes?.version));

  const opened = await fixture.op('openFile', { node: node('/d/f') });
  const target = { node: { base: attributes?.inode as Uint8Array }, directory: opened.directory as Uint8Array };
  const less = await content(fixture, COPIES_2);
  const write = (made: typeof less) => fixture.op('write', { ...target, extents: made.extents, stripes: made.stripes });
  await refused(write(less), 'COMMIT_REFUSED', /the file's layout says copies-3/);
  await write(await content(fixture));
  const ask = { node: { base: opened.directory as Uint8Array }, file: attributes?.inode as Uint8Array };
  assert.deepEqual({ ...(await fixture.op('getLayout', ask)).effective?.redundancy }, THREE.redundancy);
  await set({});
  assert.deepEqual({ ...(await fixture.op('getLayout', ask)).effective?.redundancy }, { data: 1, parity: 1 });
  await write(await content(fixture, COPIES_2));

  await refused(set({ inlineBytes: 0 }), 'INVALID_ARGUMENT', /a file cannot set inlineBytes itself/);
  await refused(set({ startServer: 99 }), 'LAYOUT_UNSATISFIABLE', /server 99 is not registered/);
  const alone = fixture.op('setLayout', { node: { base: attributes?.inode as Uint8Array }, layout: THREE });
  await refused(alone, 'INVALID_ARGUMENT', /does not tell its directory/);
});

test('a file that is made by setting its attributes sets its layout; one that is there keeps its own', async () => {
  const fixture = await setUp();
  const touch = (layout: v1.Layout.$Properties) =>
    fixture.op('setAttributes', { node: node('/d/f'), create: true, layout });
  await refused(touch({ startServer: 99 }), 'LAYOUT_UNSATISFIABLE', /server 99/);
  await refused(touch({ inlineBytes: 0 }), 'INVALID_ARGUMENT', /a file cannot set/);
  assert.deepEqual(await fixture.names('/d'), []);
  assert.equal((await touch(THREE)).created, true);
  assert.equal((await touch({ segmentBytes: 65_536 })).created, false);
  const { own } = await fixture.op('getLayout', { node: node('/d/f') });
  assert.deepEqual([{ ...own?.redundancy }, own?.segmentBytes ?? 0], [THREE.redundancy, 0]);
});
