import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXTENTS_PER_COMMIT_MAX, type v1 } from '@tessera/protocol';
import { Table } from '../../records/keys.js';
import { layoutOf } from '../../testing/cluster-fixture.js';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';

const COPIES_2 = layoutOf('copies-2');

function rows(fixture: NamespaceFixture, table: number): number {
  const prefix = table.toString(16).padStart(2, '0');
  return [...fixture.cluster.store.entries.keys()].filter((key) => key.startsWith(prefix)).length;
}

test('an empty file and one that lives in its inode', async () => {
  const fixture = await NamespaceFixture.create();
  const empty = await fixture.put('/empty');
  assert.equal(empty.attributes?.kind, 1);
  assert.equal(empty.attributes?.mode, 0o644);
  assert.equal(empty.attributes?.links, 1);
  assert.equal(Number(empty.attributes?.bytes), 0);
  assert.deepEqual((await fixture.op('resolve', { node: node('/empty') })).extents, []);

  await fixture.put('/small', 'hello');
  assert.deepEqual(await fixture.stat('/small'), (await fixture.op('stat', { node: node('/small') })).attributes);
  const read = await fixture.op('resolve', { node: node('/small') });
  assert.equal(read.isInline, true);
  assert.equal(Buffer.from(read.inlineData ?? []).toString(), 'hello');
  assert.equal(Number(read.attributes?.bytes), 5);
  const totals = await fixture.totals();
  assert.equal(totals.files, 2);
  assert.equal(totals.logicalBytes, 5);
  assert.equal(Number((await fixture.stat('/')).entries), 2);
});

test('a name that is taken is refused or replaced', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.put('/f', 'one');
  const before = await fixture.stat('/f');
  await refused(fixture.put('/f', 'two'), 'EXISTS', /"f" exists/);
  assert.deepEqual(await fixture.stat('/f'), before);
  await fixture.put('/f', 'three', true);
  const read = await fixture.op('resolve', { node: node('/f') });
  assert.equal(Buffer.from(read.inlineData ?? []).toString(), 'three');
  assert.notDeepEqual(read.attributes?.inode, before.inode);
  assert.equal(rows(fixture, Table.INODE), 2);
  const totals = await fixture.totals();
  assert.equal(totals.files, 1);
  assert.equal(totals.logicalBytes, 5);
  assert.equal(Number((await fixture.stat('/')).entries), 1);

  await fixture.mkdir('/d');
  await refused(fixture.put('/d', 'x', true), 'IS_A_DIRECTORY', /"d" is a directory/);
});

test('missing parents are made when asked for', async () => {
  const fixture = await NamespaceFixture.create();
  await refused(fixture.put('/a/b/f'), 'NOT_FOUND', /"a" in/);
  await fixture.op('putFile', { node: node('/a/b/f'), makeParents: true });
  assert.deepEqual(await fixture.names('/a/b'), ['f']);
  assert.equal(Number((await fixture.stat('/a')).entries), 1);
  assert.equal((await fixture.totals()).directories, 3);
  await refused(
    fixture.op('putFile', { node: node('/a/b/f/g'), makeParents: true }),
    'NOT_A_DIRECTORY',
    /"f" in .* is not a directory/,
  );
});

test('content must agree with itself', async () => {
  const fixture = await NamespaceFixture.create();
  const extent: v1.ExtentWrite.$Properties = { fileOffset: 0, length: 10, pg: 1, stripe: new Uint8Array(8), slot: 0 };
  const put = (request: v1.PutFileOperation.$Properties) => fixture.op('putFile', { node: node('/f'), ...request });
  await refused(put({ bytes: 3 }), 'INVALID_ARGUMENT', /bytes is 3, but no extents and 0 bytes/);
  await refused(put({ bytes: 3, inlineData: Buffer.from('four') }), 'INVALID_ARGUMENT', /bytes is 3.* 4 bytes/);
  await refused(put({ bytes: 1, inlineData: Buffer.from('x'), extents: [extent] }), 'INVALID_ARGUMENT', /not both/);
  await refused(put({ bytes: 9, extents: [extent] }), 'INVALID_ARGUMENT', /end at 10, past the file's 9/);
  await refused(put({ bytes: 10, extents: [{ ...extent, length: 0 }] }), 'INVALID_ARGUMENT', /no length/);
  const second = { ...extent, fileOffset: 9 };
  await refused(put({ bytes: 99, extents: [extent, second] }), 'INVALID_ARGUMENT', /extent 1 begins at 9, before/);
  await refused(put({ bytes: 99, extents: [second, extent] }), 'INVALID_ARGUMENT', /ascending/);
  const far = { ...extent, fileOffset: Number.MAX_SAFE_INTEGER };
  await refused(put({ bytes: 99, extents: [far] }), 'INVALID_ARGUMENT', /largest file/);
  const many = Array.from({ length: EXTENTS_PER_COMMIT_MAX + 1 }, (_, index) => ({
    ...extent,
    fileOffset: 10 * index,
  }));
  await refused(put({ bytes: 99_999, extents: many }), 'TOO_LARGE', /stage the file/);
  const lone = { stripes: [{ pg: 1, stripe: new Uint8Array(8) }] };
  await refused(put(lone), 'INVALID_ARGUMENT', /no extent lies in them/);
  await refused(put({ bytes: 4097, inlineData: Buffer.alloc(4097) }), 'TOO_LARGE', /4097 bytes; .* up to 4096/);
  await fixture.op('setLayout', { node: node('/'), layout: { inlineBytes: 8 } });
  await refused(put({ bytes: 9, inlineData: Buffer.alloc(9) }), 'TOO_LARGE', /up to 8 bytes/);
  await put({ bytes: 8, inlineData: Buffer.alloc(8) });
  assert.equal((await fixture.totals()).files, 1);
});

test('a file of segments is there with its stripes, and goes with them', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d', COPIES_2);
  const written = await fixture.written(COPIES_2, 3);
  await fixture.op('putFile', { node: node('/d/f'), ...written });
  const read = await fixture.op('resolve', { node: node('/d/f') });
  assert.equal(read.isInline, false);
  assert.deepEqual(
    read.extents?.map(({ fileOffset, length }) => [Number(fileOffset), Number(length)]),
    [
      [0, 1000],
      [1000, 1000],
      [2000, 1000],
    ],
  );
  assert.equal(read.stripes?.length, 3);
  assert.equal(Number(read.nextOffset), 0);
  assert.equal((await fixture.totals()).liveBytes, 6000);
  assert.equal(rows(fixture, Table.SEGMENT), 3);

  await fixture.put('/d/f', 'small now', true);
  const totals = await fixture.totals();
  assert.equal(totals.liveBytes, 0);
  assert.equal(totals.deadBytes, 6000);
  assert.equal(totals.logicalBytes, 9);
  assert.equal(totals.reaperPending, 0);
  assert.equal(rows(fixture, Table.SEGMENT), 0);
});

test('a refused commit leaves nothing of the file', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d', COPIES_2);
  const written = await fixture.written(COPIES_2, 2);
  const slots = written.stripes[1]?.slots ?? [];
  slots[0] = { ...slots[0], receipt: new Uint8Array(16) };
  const put = fixture.op('putFile', { node: node('/d/new/f'), makeParents: true, ...written });
  await refused(put, 'RECEIPT_REFUSED', /receipt/);
  assert.deepEqual(await fixture.names('/d'), []);
  assert.equal((await fixture.totals()).files, 0);
  assert.equal((await fixture.totals()).directories, 2);
});

test('extents past those of the inode fill rows, and a replaced file of rows goes to the reaper', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d', COPIES_2);
  const written = await fixture.written(COPIES_2, 16 + 64 + 1);
  await fixture.op('putFile', { node: node('/d/f'), ...written });
  assert.equal(rows(fixture, Table.EXTENT_ROW), 2);
  const read = await fixture.op('resolve', { node: node('/d/f') });
  assert.deepEqual(
    read.extents?.map(({ fileOffset }) => Number(fileOffset)),
    written.extents.map(({ fileOffset }) => fileOffset),
  );

  await fixture.put('/d/f', '', true);
  const totals = await fixture.totals();
  assert.equal(totals.reaperPending, 1);
  assert.equal(totals.files, 1);
  assert.equal(totals.logicalBytes, 0);
  assert.equal(rows(fixture, Table.REAPED), 1);
});

test('a file may be given its time, with its content and in the same transaction', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.op('putFile', { node: node('/f'), modifiedNs: 12 });
  await fixture.op('copy', { from: node('/f'), to: node('/g') });
  await fixture.op('copy', { from: node('/f'), to: node('/h'), modifiedNs: 0 });
  const [f, g, h] = await Promise.all([fixture.stat('/f'), fixture.stat('/g'), fixture.stat('/h')]);
  assert.deepEqual([f.modifiedNs, h.modifiedNs].map(Number), [12, 0]);
  assert.notEqual(Number(f.createdNs), 12);
  assert.deepEqual(g.modifiedNs, g.createdNs);
});
