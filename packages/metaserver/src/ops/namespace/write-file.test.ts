import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeId, type Id, layoutToWire, toBigInt, type v1 } from '@tessera/protocol';
import { Table } from '../../records/keys.js';
import { readSegment } from '../../records/segment.js';
import { layoutOf } from '../../testing/cluster-fixture.js';
import { NamespaceFixture, node, type WrittenFile } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';

const COPIES_2 = layoutOf('copies-2');

function records(fixture: NamespaceFixture, table: number): number {
  const prefix = table.toString(16).padStart(2, '0');
  return [...fixture.cluster.store.entries.keys()].filter((key) => key.startsWith(prefix)).length;
}

/** A file open for writing in /d, whose layout is copies-2. */
async function opened(path = '/d/f', inlineBytes = 4096) {
  const fixture = await NamespaceFixture.create();
  const layout = { ...COPIES_2, inlineBytes };
  await fixture.mkdir('/d', layout);
  const open = await fixture.op('openFile', { node: node(path), create: true });
  const target = { node: { base: open.attributes?.inode as Uint8Array }, directory: open.directory as Uint8Array };
  return {
    fixture,
    layout,
    open,
    target,
    write: (request: v1.WriteOperation.$Properties) => fixture.op('write', { ...target, ...request }),
    segments: (count: number, bytes: number, offset = 0) => fixture.written(layout, count, bytes, offset),
    extents: async () =>
      ((await fixture.op('resolve', { node: target.node })).extents ?? []).map(
        ({ fileOffset, length, segmentOffset }) => [Number(fileOffset), Number(length), segmentOffset],
      ),
    refs: async (segment: Id) => fixture.store.read((tx) => readSegment(tx, segment)?.refs),
  };
}

function content({ extents, stripes }: WrittenFile) {
  return { extents, stripes };
}

test('opening finds the file or makes it, and tells whose layout it goes by', async () => {
  const { fixture, open } = await opened();
  assert.equal(open.created, true);
  assert.deepEqual({ ...open.layout?.redundancy }, { data: 1, parity: 1 });
  assert.deepEqual(open.directory, (await fixture.stat('/d')).inode);
  const again = await fixture.op('openFile', { node: node('/d/f'), create: true });
  assert.equal(again.created, false);
  assert.deepEqual(again.attributes, await fixture.stat('/d/f'));
  await refused(fixture.op('openFile', { node: node('/d/f'), create: true, exclusive: true }), 'EXISTS', /"f" in/);
  await refused(fixture.op('openFile', { node: node('/d/g') }), 'NOT_FOUND', /"g" in/);
  await refused(fixture.op('openFile', { node: node('/d'), create: true }), 'IS_A_DIRECTORY', /"d" is a directory/);
  await refused(fixture.op('openFile', { node: node('/x/y'), create: true }), 'NOT_FOUND', /"x" in/);
  await fixture.op('openFile', { node: node('/x/y'), create: true, makeParents: true, mode: 0o600 });
  assert.equal((await fixture.stat('/x/y')).mode, 0o600);
  const totals = await fixture.totals();
  assert.deepEqual([totals.files, totals.directories], [2, 3]);
});

test('a small file is patched in its inode, with zeros between, until it outgrows it', async () => {
  const { fixture, write, target } = await opened();
  const inline = async () => Buffer.from((await fixture.op('resolve', { node: target.node })).inlineData ?? []);
  await write({ patches: [{ offset: 3, data: Buffer.from('abc') }] });
  assert.equal((await inline()).toString('latin1'), '\0\0\0abc');
  await write({
    patches: [
      { offset: 0, data: Buffer.from('xy') },
      { offset: 5, data: Buffer.from('ZZ') },
    ],
  });
  assert.equal((await inline()).toString('latin1'), 'xy\0abZZ');
  const appended = await write({ append: true, patches: [{ offset: 0, data: Buffer.from('!') }] });
  assert.equal(Number(appended.base), 7);
  assert.equal((await fixture.totals()).logicalBytes, 8);
  const before = await fixture.stat('/d/f');
  const far = await write({ patches: [{ offset: 4096, data: Buffer.from('!') }] });
  assert.equal(far.needsSegments, true);
  assert.deepEqual(await fixture.stat('/d/f'), before);

  await write({ truncate: { bytes: 4 } });
  await write({ truncate: { bytes: 6 } });
  assert.equal((await inline()).toString('latin1'), 'xy\0a');
  assert.equal(Number((await fixture.stat('/d/f')).bytes), 6);
  await write({ truncate: { bytes: 0 } });
  assert.equal(records(fixture, Table.SEGMENT), 0);
  assert.equal((await fixture.totals()).logicalBytes, 0);
});

test('segments go over what is there; the bytes in the inode show where none does', async () => {
  const { fixture, write, segments, extents, target } = await opened();
  await write({ patches: [{ offset: 0, data: Buffer.from('0123456789') }] });
  await write(content(await segments(1, 100, 5)));
  const resolved = await fixture.op('resolve', { node: target.node });
  assert.equal(resolved.isInline, false);
  assert.equal(Buffer.from(resolved.inlineData ?? []).toString(), '0123456789');
  assert.deepEqual(await extents(), [[5, 100, 0]]);
  assert.equal(Number(resolved.attributes?.bytes), 105);
  assert.equal((await write({ patches: [{ offset: 0, data: Buffer.from('x') }] })).needsSegments, true);
});

test('an overwrite parts a segment, which lives until nothing of it is left', async () => {
  const { fixture, write, segments, extents, refs, target } = await opened();
  await write(content(await segments(2, 1000)));
  const old = decodeId((await fixture.op('resolve', { node: target.node })).extents?.[0]?.segment);
  await write(content(await segments(1, 100, 450)));
  assert.deepEqual(await extents(), [
    [0, 450, 0],
    [450, 100, 0],
    [550, 450, 550],
    [1000, 1000, 0],
  ]);
  assert.equal(await refs(old), 2);
  await write(content(await segments(1, 600, 0)));
  assert.equal(await refs(old), 1);
  assert.equal((await fixture.totals()).deadBytes, 200);
  await write(content(await segments(1, 1000, 0)));
  assert.equal(await refs(old), undefined);
  await write({ truncate: { bytes: 1500 } });
  assert.deepEqual(await extents(), [
    [0, 1000, 0],
    [1000, 500, 0],
  ]);
  await write({ truncate: { bytes: 5000 } });
  assert.equal((await fixture.totals()).logicalBytes, 5000);
  await write({ truncate: { bytes: 0 } });
  const totals = await fixture.totals();
  assert.deepEqual([totals.logicalBytes, totals.liveBytes, totals.stripes], [0, 0, 0]);
  assert.equal(records(fixture, Table.SEGMENT), 0);
});

test('an append goes to the end that the file has by then', async () => {
  const { write, segments, extents } = await opened();
  const [first, second] = [await segments(1, 10), await segments(2, 20)];
  const later = await write({ append: true, ...content(second) });
  const last = await write({ append: true, ...content(first) });
  assert.deepEqual([Number(later.base), Number(last.base)], [0, 40]);
  assert.equal(Number(last.attributes?.bytes), 50);
  assert.deepEqual(await extents(), [
    [0, 20, 0],
    [20, 20, 0],
    [40, 10, 0],
  ]);
});

test('a write under a condition is done on that version only, and again is the same', async () => {
  const { fixture, write, target } = await opened();
  const version = toBigInt((await fixture.stat('/d/f')).contentVersion);
  const request = { ...target, ifContentVersion: Number(version), patches: [{ offset: 0, data: Buffer.from('a') }] };
  const sequence = ++fixture.sequence;
  const first = await fixture.op('write', request, sequence);
  assert.deepEqual(await fixture.op('write', request, sequence), first);
  assert.deepEqual(await fixture.restarted().op('write', request, sequence), first);
  await refused(fixture.op('write', request), 'CHANGED', /content version/);
  await fixture.op('rename', { from: node('/d/f'), to: node('/d/g') });
  const now = toBigInt(first.attributes?.contentVersion);
  await write({ ifContentVersion: Number(now), truncate: { bytes: 9 } });
  assert.equal(Number((await fixture.stat('/d/g')).bytes), 9);
});

test('segments follow the layout of the directory the file was opened in, or the root once that is gone', async () => {
  const { fixture, write, segments, layout } = await opened();
  const written = await segments(1, 100);
  await fixture.op('setLayout', { node: node('/d'), layout: layoutToWire(layoutOf('copies-3')) });
  await refused(write(content(written)), 'COMMIT_REFUSED', /the file's layout says/);
  await fixture.op('setLayout', { node: node('/'), layout: layoutToWire(layout) });
  await fixture.op('rename', { from: node('/d/f'), to: node('/f') });
  await refused(write(content(written)), 'COMMIT_REFUSED', /the file's layout says/);
  await fixture.op('remove', { node: node('/d') });
  await write(content(written));
  assert.equal(Number((await fixture.stat('/f')).bytes), 100);
});

test('what a write is must be clear', async () => {
  const { fixture, write, segments, target } = await opened();
  const one = content(await segments(1, 10));
  await refused(write({}), 'INVALID_ARGUMENT', /exactly one/);
  await refused(write({ ...one, truncate: { bytes: 1 } }), 'INVALID_ARGUMENT', /exactly one/);
  await refused(write({ truncate: { bytes: 1 }, append: true }), 'INVALID_ARGUMENT', /append says/);
  await refused(write({ patches: [{ offset: 0, data: new Uint8Array() }] }), 'INVALID_ARGUMENT', /0 bytes/);
  await refused(write({ truncate: { bytes: 2 ** 53 } }), 'INVALID_ARGUMENT', /outside/);
  await write({ truncate: { bytes: 2 ** 53 - 1 } });
  await refused(write({ append: true, ...one }), 'TOO_LARGE', /more than 9007199254740991/);
  await refused(fixture.op('write', { ...target, node: node('/d'), ...one }), 'IS_A_DIRECTORY', /is a directory/);
  await fixture.op('remove', { node: node('/d/f') });
  await refused(write(one), 'NOT_FOUND', /not there any more/);
});

test('a file of many rows is cut down in several transactions, each as far as one reaches', async () => {
  const { fixture, write, segments } = await opened();
  for (let part = 0; part < 3; part++) await write({ append: true, ...content(await segments(900, 5)) });
  assert.ok(records(fixture, Table.EXTENT_ROW) > 40);
  let left = Number((await write({ truncate: { bytes: 3 } })).attributes?.bytes);
  let steps = 1;
  for (; left > 3; steps++) left = Number((await write({ truncate: { bytes: 3 } })).attributes?.bytes);
  assert.ok(steps >= 3 && steps <= 4, `${steps} steps`);
  assert.equal(records(fixture, Table.EXTENT_ROW), 0);
  assert.equal(records(fixture, Table.SEGMENT), 1);
  assert.equal((await fixture.totals()).liveBytes, 10);
});
