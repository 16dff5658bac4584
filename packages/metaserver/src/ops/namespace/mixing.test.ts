import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeId, encodeId, type Id, type Layout, layoutToWire, v1 } from '@tessera/protocol';
import { readStripe } from '../../records/stripe.js';
import { layoutOf } from '../../testing/cluster-fixture.js';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';

const { MIXING_FILE, MIXING_DIRECTORY, MIXING_TENANT } = v1.Mixing;
const SLOTS = 4;

/** A stripe of four segments of 1,000 bytes, one for each of four files; directories /d and /e under the layout. */
async function setUp(mixing: v1.Mixing) {
  const layout: Layout = layoutOf('rs-4-2', { mixing });
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d', layout);
  await fixture.mkdir('/e', layout);
  const { lease, ranges } = await fixture.op('grantLease', {
    layout: layoutToWire(layout),
    pgs: 1,
    stripesPerPg: 1,
  });
  const pg = ranges?.[0]?.pg ?? 0;
  const stripe = decodeId(ranges?.[0]?.firstStripe);
  const write = fixture.cluster.stripeWrite(
    layout,
    { pg, stripe, lease: decodeId(lease) },
    new Array<number>(SLOTS).fill(1_000),
  );
  const content = (slot: number, fileOffset = 0) => ({
    extents: [{ fileOffset, length: 1_000, pg, stripe: encodeId(stripe), slot }],
    stripes: [write],
  });
  return {
    fixture,
    put: (path: string, slot: number) =>
      fixture.op('putFile', { node: node(path), makeParents: true, bytes: 1_000, ...content(slot) }),
    stage: async (directory: string) => (await fixture.op('stage', { directory: node(directory) })).inode as Uint8Array,
    extend: (inode: Uint8Array, slot: number, fileOffset = 0) =>
      fixture.op('extend', { inode, ...content(slot, fileOffset) }),
    mixing: async () => (await fixture.store.read((tx) => readStripe(tx, pg, stripe)))?.mixing,
    inode: async (path: string): Promise<Id> => decodeId((await fixture.stat(path)).inode),
  };
}

test('files of one directory share a stripe, staged or not; those of another do not get in', async () => {
  const { fixture, put, stage, extend, mixing, inode } = await setUp(MIXING_DIRECTORY);
  await put('/d/f', 0);
  await refused(put('/e/f', 1), 'COMMIT_REFUSED', /share stripes with files of directory .*write it again/);
  await refused(put('/d/below/f', 1), 'COMMIT_REFUSED', /share stripes with files of directory/);
  await refused(extend(await stage('/e'), 1), 'COMMIT_REFUSED', /share stripes with files of directory/);
  const staged = await stage('/d');
  await extend(staged, 1);
  await fixture.op('publish', { inode: staged, node: node('/e/moved'), bytes: 1_000 });
  await fixture.op('rename', { from: node('/d'), to: node('/e/d') });
  await put('/e/d/g', 2);
  assert.deepEqual(await mixing(), { tenant: 0, mixing: MIXING_DIRECTORY, inode: await inode('/e/d') });
  assert.deepEqual(await fixture.names('/e'), ['d', 'moved']);
});

test('a file that mixes with none has its stripes alone, over all its pieces', async () => {
  const { put, stage, extend, mixing } = await setUp(MIXING_FILE);
  const staged = await stage('/d');
  await extend(staged, 0);
  await refused(put('/d/f', 1), 'COMMIT_REFUSED', /files of file .* alone/);
  await refused(extend(await stage('/d'), 1), 'COMMIT_REFUSED', /files of file .* alone/);
  await extend(staged, 1, 1_000);
  assert.deepEqual(await mixing(), { tenant: 0, mixing: MIXING_FILE, inode: decodeId(staged) });
});

test('under mixing by tenant all directories that say so share', async () => {
  const { fixture, put, mixing } = await setUp(MIXING_TENANT);
  await put('/d/f', 0);
  await put('/e/f', 1);
  assert.deepEqual(await mixing(), { tenant: 0, mixing: MIXING_TENANT, inode: 0n });
  await fixture.op('setLayout', {
    node: node('/e'),
    layout: layoutToWire(layoutOf('rs-4-2', { mixing: MIXING_DIRECTORY })),
  });
  await refused(put('/e/g', 2), 'COMMIT_REFUSED', /all directories of its tenant .*with files of directory/);
  await put('/d/g', 2);
});
