import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KvEngine } from '@tessera/kv';
import { contents, key, StoreWorld, text, value } from './testing/store-world.js';

/** Notes the keys that reach the view, one list for each batch; the view's own state left out. */
function noteBatches(sim: StoreWorld, batches: string[][]): void {
  sim.wrapEngine = (engine: KvEngine) => ({
    open: async (path) => {
      const store = await engine.open(path);
      const apply = store.apply.bind(store);
      store.apply = (writes) => {
        const names = writes.filter((write) => write.key[0] !== 0).map((write) => text(write.key) as string);
        if (names.length > 0) batches.push(names.sort());
        return apply(writes);
      };
      return store;
    },
    destroy: (path) => engine.destroy(path),
  });
}

test('the view hears once of a key written often, and never of one that came and went', async () => {
  const sim = new StoreWorld('coalesce');
  const batches: string[][] = [];
  noteBatches(sim, batches);
  let store = await sim.open({ applyEntriesMark: 100 });
  await sim.untilChecked(store);
  for (let round = 0; round < 5; round++) {
    await sim.drive(
      store.transact((tx) => {
        tx.put(key('often'), value(String(round)));
        tx.insert(key(`brief${round}`), value('1'));
        tx.insert(key(`stays${round}`), value('1'));
        if (round > 0) tx.delete(key(`brief${round - 1}`));
      }),
    );
  }
  assert.deepEqual(batches, []);
  assert.deepEqual(
    (await sim.drive(contents(store))).map(([name]) => name),
    ['brief4', 'often', 'stays0', 'stays1', 'stays2', 'stays3', 'stays4'],
  );
  await sim.drive(store.close());
  assert.deepEqual(batches, [['brief4', 'often', 'stays0', 'stays1', 'stays2', 'stays3', 'stays4']]);
  store = await sim.open();
  await sim.untilChecked(store);
  assert.deepEqual(sim.fatal, []);
  assert.equal(text(await sim.drive(store.read((tx) => tx.get(key('often'))))), '4');
});

test('a key that the view has is deleted there, even when it was written again in between', async () => {
  const sim = new StoreWorld('delete');
  let store = await sim.open();
  await sim.drive(store.transact((tx) => tx.put(key('old'), value('1'))));
  await sim.drive(store.close());
  const batches: string[][] = [];
  noteBatches(sim, batches);
  store = await sim.open({ applyEntriesMark: 100 });
  for (const content of ['2', undefined, '3', undefined]) {
    await sim.drive(
      store.transact((tx) => (content === undefined ? tx.delete(key('old')) : tx.put(key('old'), value(content)))),
    );
  }
  assert.deepEqual(batches, []);
  await sim.drive(store.close());
  assert.deepEqual(batches, [['old']]);
  store = await sim.open();
  await sim.untilChecked(store);
  assert.deepEqual(await sim.drive(contents(store)), []);
  assert.deepEqual(sim.fatal, []);
});

test('so many entries, or entries of so much memory, are applied without being asked for', async () => {
  for (const limits of [
    { applyEntriesMark: 10, applyBytesMark: 1024 * 1024 },
    { applyEntriesMark: 1_000, applyBytesMark: 20_000 },
  ]) {
    const sim = new StoreWorld('marks');
    const batches: string[][] = [];
    noteBatches(sim, batches);
    const store = await sim.open(limits);
    await sim.untilChecked(store);
    const insert = (name: string) => sim.drive(store.transact((tx) => tx.insert(key(name), new Uint8Array(1_500))));
    for (let index = 0; index < 9; index++) await insert(`n${index}`);
    assert.equal(batches.length, 0);
    for (let index = 0; index < 9; index++) await insert(`m${index}`);
    await sim.settle();
    assert.equal(batches.length, 1);
    await sim.drive(store.close());
  }
});

test('a checkpoint has everything that was durable when it began, applied or not', async () => {
  const sim = new StoreWorld('checkpoint');
  let store = await sim.open({ applyEntriesMark: 1_000, checkpointCloseBytes: 0 });
  await sim.drive(store.transact((tx) => tx.put(key('a'), value('1'))));
  const { lsn } = store.durable;
  await sim.drive(store.close());
  assert.equal(store.checkpointSequence, lsn);
  store = await sim.open();
  await sim.untilChecked(store);
  assert.deepEqual(await sim.drive(contents(store)), [['a', '1']]);
});

test('what is only in the journal when the process dies is in the view of the next start', async () => {
  const sim = new StoreWorld('crash');
  let store = await sim.open({ applyEntriesMark: 1_000 });
  await sim.drive(store.transact((tx) => tx.put(key('a'), value('1'))));
  sim.process.crash();
  store = await sim.open();
  assert.deepEqual(await sim.drive(contents(store)), [['a', '1']]);
  await sim.untilChecked(store);
  assert.deepEqual(sim.fatal, []);
});

test('an absent key of a filtered table costs no read of the view once that was checked', async () => {
  const sim = new StoreWorld('filter');
  let store = await sim.open();
  await sim.drive(store.transact((tx) => tx.put(key('there'), value('1'))));
  await sim.drive(store.close());
  store = await sim.open({}, { filteredTables: ['t'.charCodeAt(0)] });
  await sim.untilChecked(store);
  let reads = 0;
  sim.world.faults = ({ kind }) => {
    if (kind === 'kv.getMany') reads++;
    return undefined;
  };
  const present = (tx: { get(key: Uint8Array): Uint8Array | undefined }, name: string) =>
    tx.get(key(name)) !== undefined;
  assert.equal(await sim.drive(store.read((tx) => present(tx, 'tabsent'))), false);
  await sim.drive(store.transact((tx) => tx.put(key('tnew'), value('1'))));
  await sim.drive(store.transact((tx) => tx.delete(key('tnever'))));
  assert.equal(reads, 0);
  assert.equal(await sim.drive(store.read((tx) => present(tx, 'there'))), true);
  assert.equal(reads, 1);
  assert.equal(await sim.drive(store.read((tx) => present(tx, 'absent'))), false);
  assert.equal(reads, 2);
  assert.equal(await sim.drive(store.read((tx) => present(tx, 'tnew'))), true);
});
