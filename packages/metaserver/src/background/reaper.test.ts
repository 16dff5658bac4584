import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '@tessera/env';
import { decodeId, TesseraError } from '@tessera/protocol';
import { inodeKey, Table } from '../records/keys.js';
import type { MetadataStore, Transaction } from '../store/transaction.js';
import { layoutOf } from '../testing/cluster-fixture.js';
import { NamespaceFixture, node } from '../testing/namespace-fixture.js';
import { reapAll, startReaper } from './reaper.js';

const COPIES_2 = layoutOf('copies-2');

/** What is left must be the root alone: keys of namespace and segments. */
function leftovers(fixture: NamespaceFixture): string[] {
  const { INODE, DENTRY, EXTENT_ROW, EXTENT_INDEX, SEGMENT, REAPED, STAGED, HALF_DEAD_STRIPE } = Table;
  const tables: number[] = [INODE, DENTRY, EXTENT_ROW, EXTENT_INDEX, SEGMENT, REAPED, STAGED, HALF_DEAD_STRIPE];
  const root = Buffer.from(inodeKey(1n)).toString('hex');
  return [...fixture.cluster.store.entries.keys()].filter(
    (key) => key !== root && tables.includes(Number.parseInt(key.slice(0, 2), 16)),
  );
}

/** A tree of directories, small files, a file with segments and one with rows. */
async function plantTree(fixture: NamespaceFixture): Promise<void> {
  await fixture.mkdir('/t', COPIES_2);
  for (let index = 0; index < 3; index++) {
    await fixture.mkdir(`/t/d${index}/deep/deeper`);
    for (let file = 0; file < 30; file++) await fixture.put(`/t/d${index}/deep/f${file}`, 'inline');
  }
  await fixture.op('putFile', { node: node('/t/d1/deep/segments'), ...(await fixture.written(COPIES_2, 3)) });
  await fixture.op('putFile', { node: node('/t/d2/rows'), ...(await fixture.written(COPIES_2, 200)) });
}

async function assertClean(fixture: NamespaceFixture): Promise<void> {
  assert.deepEqual(leftovers(fixture), []);
  const { files, directories, logicalBytes, liveBytes, stripes, reaperPending } = await fixture.totals();
  assert.deepEqual(
    { files, directories, logicalBytes, liveBytes, stripes, reaperPending },
    { files: 0, directories: 1, logicalBytes: 0, liveBytes: 0, stripes: 0, reaperPending: 0 },
  );
}

test('a removed tree is taken apart to the last record, in small transactions', async () => {
  const fixture = await NamespaceFixture.create();
  await plantTree(fixture);
  const totals = await fixture.totals();
  assert.deepEqual([totals.files, totals.directories, totals.liveBytes], [92, 11, 406_000]);
  await fixture.op('remove', { node: node('/t'), recursive: true });
  assert.equal((await fixture.totals()).reaperPending, 1);
  const keys: number[] = [];
  await reapAll(counting(fixture.store, (written) => keys.push(written)));
  await assertClean(fixture);
  assert.ok(Math.max(...keys) <= 500, `at most ${Math.max(...keys)} keys in one transaction`);
  assert.ok(keys.length > 5);
});

test('a crash before any transaction loses nothing and frees nothing twice', async () => {
  const fixture = await NamespaceFixture.create();
  await plantTree(fixture);
  await fixture.op('remove', { node: node('/t'), recursive: true });
  const { entries } = fixture.cluster.store;
  const planted = [...entries];
  let crashAfter = 0;
  for (let crashed = true; crashed; crashAfter++) {
    entries.clear();
    for (const [key, value] of planted) entries.set(key, value);
    let left = crashAfter;
    const crashing = counting(fixture.store, () => {
      if (--left < 0) throw new TesseraError('UNAVAILABLE', 'the process is gone');
    });
    crashed = await reapAll(crashing).then(
      () => false,
      () => true,
    );
    await reapAll(fixture.store);
    await assertClean(fixture);
  }
  assert.ok(crashAfter > 12, `${crashAfter} transactions`);
});

test('a file of more rows than its inode lists goes to the last record', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/t', COPIES_2);
  const { inode } = await fixture.op('stage', { directory: node('/t') });
  let end = 0;
  for (let piece = 0; piece < 5; piece++) {
    const { extents, stripes, bytes } = await fixture.written(COPIES_2, 830, 1_000, end);
    await fixture.op('extend', { inode: inode ?? null, extents, stripes });
    end = bytes;
  }
  await fixture.op('publish', { inode: inode ?? null, node: node('/t/f'), bytes: end });
  const index = [...fixture.cluster.store.entries.keys()].filter((key) =>
    key.startsWith(Table.EXTENT_INDEX.toString(16)),
  );
  assert.equal(index.length, 1);
  await fixture.op('remove', { node: node('/t'), recursive: true });
  const keys: number[] = [];
  await reapAll(counting(fixture.store, (written) => keys.push(written)));
  await assertClean(fixture);
  assert.ok(Math.max(...keys) <= 500, `at most ${Math.max(...keys)} keys in one transaction`);
  assert.equal((await fixture.totals()).deadBytes, 2 * end);
});

test('files that are still in use elsewhere keep what they have', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/t', COPIES_2);
  await fixture.op('putFile', { node: node('/t/f'), ...(await fixture.written(COPIES_2, 30)) });
  await fixture.mkdir('/kept');
  await fixture.op('rename', { from: node('/t/f'), to: node('/kept/f') });
  await fixture.put('/t/other');
  await fixture.op('remove', { node: node('/t'), recursive: true });
  await reapAll(fixture.store);
  const read = await fixture.op('resolve', { node: node('/kept/f') });
  assert.equal(read.extents?.length, 30);
  assert.equal((await fixture.totals()).liveBytes, 60_000);
});

test('the loop finds what is removed while it runs, and stops when told', async () => {
  const fixture = await NamespaceFixture.create();
  const reaper = startReaper(fixture.context);
  await plantTree(fixture);
  await fixture.op('remove', { node: node('/t'), recursive: true });
  for (let second = 0; second < 3; second++) {
    await running(fixture, 1_001);
  }
  await assertClean(fixture);
  await fixture.mkdir('/t/u');
  await reaper.stop();
  await fixture.op('remove', { node: node('/t'), recursive: true });
  await running(fixture, 10_000);
  assert.equal((await fixture.totals()).reaperPending, 1);
});

test('what cannot be taken apart is reported once and does not keep the rest', async () => {
  const errors: object[] = [];
  const log: Log = { debug() {}, info() {}, warn() {}, error: (fields) => errors.push(fields) };
  const fixture = await NamespaceFixture.create({ log });
  await plantTree(fixture);
  await fixture.mkdir('/bad/x');
  await fixture.put('/bad/f');
  const lost = decodeId((await fixture.stat('/bad/f')).inode);
  await fixture.op('remove', { node: node('/bad'), recursive: true });
  await fixture.op('remove', { node: node('/t'), recursive: true });
  fixture.cluster.store.entries.delete(Buffer.from(inodeKey(lost)).toString('hex'));
  const reaper = startReaper(fixture.context);
  for (let second = 0; second < 5; second++) {
    await running(fixture, 1_001);
  }
  await reaper.stop();
  assert.equal(errors.length, 1);
  assert.match(JSON.stringify(errors[0]), /is referred to but missing/);
  assert.equal((await fixture.totals()).liveBytes, 0);
  assert.equal((await fixture.totals()).reaperPending, 1);
});

/** The store, telling how many keys each transaction is about to write. */
function counting(store: MetadataStore, onTransaction: (keys: number) => void): MetadataStore {
  return {
    read: (body: never) => store.read(body),
    scan: (range: never, limit: number) => store.scan(range, limit),
    transact: async <T>(body: (tx: Transaction) => T) => {
      let keys = new Set<string>();
      const counted = (tx: Transaction): Transaction => ({
        ...tx,
        put(key, value) {
          keys.add(String(key));
          tx.put(key, value);
        },
        insert(key, value) {
          keys.add(String(key));
          tx.insert(key, value);
        },
        delete(key) {
          keys.add(String(key));
          tx.delete(key);
        },
      });
      return store.transact((tx) => {
        keys = new Set();
        const result = body(counted(tx));
        onTransaction(keys.size);
        return result;
      });
    },
  } as MetadataStore;
}

/** Lets time pass, with what it brings. */
async function running(fixture: NamespaceFixture, ms: number): Promise<void> {
  const { world } = fixture.cluster;
  await world.run({ untilMs: world.nowMs + ms });
}
