import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TesseraError } from '@tessera/protocol';
import type { JournaledStore } from './store.js';
import { contents, DIRECTORY, key, StoreWorld, VIEW_PATH, value } from './testing/store-world.js';
import { readViewMark } from './view-mark.js';

async function put(sim: StoreWorld, store: JournaledStore, entries: readonly [string, string | undefined][]) {
  for (const [name, content] of entries) {
    await sim.drive(
      store.transact((tx) => (content === undefined ? tx.delete(key(name)) : tx.put(key(name), value(content)))),
    );
  }
}

const numbered = (prefix: string, count: number, content = 'v'): [string, string][] =>
  Array.from({ length: count }, (_, index) => [`${prefix}${String(index).padStart(3, '0')}`, `${content}${index}`]);

async function refusal(sim: StoreWorld): Promise<TesseraError> {
  const outcome = await sim.open().catch((error: unknown) => error);
  assert(outcome instanceof TesseraError, 'the start was not refused');
  return outcome;
}

test('after a power loss the view is rebuilt, and everything acknowledged is there', async () => {
  const sim = new StoreWorld('power');
  let store = await sim.open();
  const entries = numbered('a', 30);
  await put(sim, store, entries);
  sim.process.crash();
  store = await sim.open();
  assert.deepEqual(await sim.drive(contents(store)), entries);
  await sim.untilChecked(store);
  assert.deepEqual(sim.fatal, []);
});

test('a damaged last group: refused after a clean stop, dropped and reported after a crash, fatal with a witness', async () => {
  for (const stop of ['clean', 'crash', 'witness'] as const) {
    const sim = new StoreWorld(`last group ${stop}`);
    let store = await sim.open();
    const entries = numbered('a', 10);
    await put(sim, store, entries);
    const witness = store.durable;
    if (stop === 'clean') await sim.drive(store.close());
    else sim.process.crash();
    const path = sim.files('journal').at(-1) as string;
    const content = sim.host.disk.content(path) as Uint8Array;
    const lastByte = content.findLastIndex((byte) => byte !== 0);
    sim.host.disk.flipBit(path, lastByte, 3);
    if (stop === 'clean') {
      const refused = await refusal(sim);
      assert.equal(refused.code, 'CORRUPT');
      assert.match(refused.message, /expected the journal to reach lsn 11.*ends at lsn 10.*backup/s);
      // Healing it as the message says: with the file as it was.
      sim.host.disk.flipBit(path, lastByte, 3);
      assert.deepEqual(await sim.drive(contents(await sim.open())), entries);
      continue;
    }
    store = await sim.open();
    assert.deepEqual(await sim.drive(contents(store)), entries.slice(0, -1));
    assert.equal(store.alarms().length, 1);
    assert.match(store.alarms()[0] as string, /last group is torn or damaged and was dropped/);
    if (stop === 'witness') {
      store.checkWitness(witness);
      assert.equal(sim.fatal.length, 1);
      assert.match(sim.fatal[0]?.message as string, /has another history there: acknowledged transactions are missing/);
    }
  }
});

test('a witness is compared with the history: same, older, behind, other chain', async () => {
  const sim = new StoreWorld('witness');
  const store = await sim.open();
  await put(sim, store, numbered('a', 3));
  const middle = store.durable;
  await put(sim, store, numbered('b', 3));
  store.checkWitness(middle);
  store.checkWitness(store.durable);
  assert.deepEqual(sim.fatal, []);
  const { era, lsn, chain } = store.durable;
  store.checkWitness({ era, lsn: lsn + 1n, chain });
  assert.equal(sim.fatal.length, 1);
  assert.match(String(sim.fatal[0]), new RegExp(`durable at lsn ${lsn + 1n}.*ends at lsn ${lsn}`));
  await assert.rejects(sim.drive(store.read((tx) => tx.get(key('a000')))), { code: 'UNAVAILABLE' });
  const other = new StoreWorld('witness other chain');
  const second = await other.open();
  await put(other, second, numbered('a', 3));
  second.checkWitness({ ...second.durable, chain: new Uint8Array(32) });
  assert.match(other.fatal[0]?.message as string, /another history/);
});

test('damage in the middle of the journal refuses the start and says where, after any stop', async () => {
  for (const stop of ['clean', 'crash'] as const) {
    const sim = new StoreWorld(`middle ${stop}`);
    const store = await sim.open();
    await put(sim, store, numbered('a', 10));
    if (stop === 'clean') await sim.drive(store.close());
    else sim.process.crash();
    const path = sim.files('journal').at(-1) as string;
    sim.host.disk.flipBit(path, 5 * 4096 + 20, 1);
    const refused = await refusal(sim);
    assert.equal(refused.code, 'CORRUPT');
    assert(refused.message.startsWith(`${path}: offset ${5 * 4096}: expected a group header`), refused.message);
    assert.match(refused.message, /a later group is intact at offset.*backup/s);
  }
});

test('a journal or a checkpoint that has vanished refuses the start', async () => {
  const sim = new StoreWorld('vanished');
  const store = await sim.open({ checkpointCloseBytes: 1 });
  await put(sim, store, numbered('a', 5));
  await sim.drive(store.close());
  const { disk } = sim.host.start('admin');
  const [journal] = sim.files('journal');
  const [checkpoint] = sim.files('checkpoint');
  await sim.drive(disk.rename(journal as string, '/data/aside'));
  assert.match((await refusal(sim)).message, /journal: expected a journal file with lsn 7 or the one before it/);
  await sim.drive(disk.rename(checkpoint as string, '/data/aside2'));
  assert.match((await refusal(sim)).message, /expected a readable checkpoint or a journal from lsn 1/);
});

test('a flipped bit in any value of the view is found, stops the store, and is healed by the next start', async () => {
  const entries = numbered('a', 12);
  for (const [index, [name]] of entries.entries()) {
    const sim = new StoreWorld(`view value ${index}`);
    let store = await sim.open();
    await put(sim, store, entries);
    await sim.drive(store.close());
    sim.storage.corrupt(VIEW_PATH, key(name), index % 9, index % 8);
    store = await sim.open();
    await sim.untilChecked(store);
    assert.equal(sim.fatal.length, 1);
    assert.match(
      sim.fatal[0]?.message as string,
      new RegExp(`value of a:${Buffer.from(name).subarray(1).toString('hex')} .*anew`),
    );
    await assert.rejects(sim.drive(store.read((tx) => tx.get(key('x')))), { code: 'UNAVAILABLE' });
    sim.process.crash();
    store = await sim.open();
    assert.deepEqual(await sim.drive(contents(store)), entries);
    await sim.untilChecked(store);
    assert.equal(sim.fatal.length, 1);
  }
});

test('a damaged value is never returned: reading it first fails the store as well', async () => {
  const sim = new StoreWorld('read damage');
  let store = await sim.open();
  await put(sim, store, [['a', 'one']]);
  await sim.drive(store.close());
  sim.storage.corrupt(VIEW_PATH, key('a'), 9);
  store = await sim.open();
  await assert.rejects(sim.drive(store.read((tx) => tx.get(key('a')))), { code: 'UNAVAILABLE' });
  await sim.settle();
  assert.equal(sim.fatal.length, 1);
});

test('damage that was found is marked before the store is closed: whoever gives up a start does not wait for more', async () => {
  const sim = new StoreWorld('marked');
  let store = await sim.open();
  await put(sim, store, [['a', 'one']]);
  await sim.drive(store.close());
  sim.storage.corrupt(VIEW_PATH, key('a'), 9);
  store = await sim.open();
  sim.world.faults = ({ subject }) => (subject.includes('view.mark') ? { type: 'delay', delayMs: 100 } : undefined);
  await assert.rejects(sim.drive(store.read((tx) => tx.get(key('a')))), { code: 'UNAVAILABLE' });
  await sim.drive(store.close());
  sim.process.crash('kill');
  sim.world.faults = undefined;
  const mark = await sim.drive(readViewMark(sim.host.start('look').disk, DIRECTORY));
  assert(mark !== undefined && mark !== 'unreadable');
  assert.equal(mark.state, 'damaged');
});

test('a key that vanished from the view, or an old value, is found by the check and healed by the next start', async () => {
  const entries = numbered('a', 8);
  for (const [index, [name]] of entries.entries()) {
    const sim = new StoreWorld(`vanished key ${index}`);
    let store = await sim.open();
    await put(sim, store, entries);
    await sim.drive(store.close());
    sim.storage.drop(VIEW_PATH, key(name));
    store = await sim.open();
    await sim.untilChecked(store);
    assert.match(sim.fatal[0]?.message as string, /view differs from the journal in table 'a'.*anew/);
    sim.process.crash();
    store = await sim.open();
    assert.deepEqual(await sim.drive(contents(store)), entries);
    await sim.untilChecked(store);
    assert.equal(sim.fatal.length, 1);
  }
});

test('a transaction that trusted the damaged view before the check does not leave a wrong digest for good', async () => {
  const sim = new StoreWorld('poison');
  let store = await sim.open();
  await put(sim, store, numbered('a', 8));
  await sim.drive(store.close());
  sim.storage.drop(VIEW_PATH, key('a003'));
  // The start, a transaction on the vanished key at once, and a crash before the check can end.
  sim.world.faults = ({ kind }) => (kind === 'kv.scan' ? { type: 'delay', delayMs: 60_000 } : undefined);
  store = await sim.open();
  await put(sim, store, [['a003', 'new']]);
  sim.process.crash();
  sim.world.faults = undefined;
  let starts = 0;
  for (; starts < 4; starts++) {
    const failures = sim.fatal.length;
    store = await sim.open();
    await sim.untilChecked(store);
    if (sim.fatal.length === failures) break;
    await sim.settle();
    sim.process.crash();
  }
  assert.equal(starts, 1);
  assert.match(store.alarms().join(), /journaled digest of table 'a' was wrong and is corrected/);
  const found = new Map(await sim.drive(contents(store)));
  assert.equal(found.get('a003'), 'new');
  assert.equal(found.size, 8);
  await sim.drive(store.close());
  store = await sim.open();
  await sim.untilChecked(store);
  assert.equal(sim.fatal.length, 1);
  assert.deepEqual(store.alarms(), []);
});

test('checkpoints spare the journal before the older of two; a damaged one costs a longer replay, both a refusal', async () => {
  const limits = { checkpointCloseBytes: 1, journalFileBytesMax: 20_000 };
  for (const damaged of [0, 1, 2]) {
    const sim = new StoreWorld(`checkpoints ${damaged}`);
    const expected = new Map<string, string>();
    for (let round = 0; round < 4; round++) {
      const store = await sim.open(limits);
      const entries = numbered(`r${round}-`, 12, 'x'.repeat(500));
      await put(sim, store, entries);
      for (const [name, content] of entries) expected.set(name, content);
      await sim.drive(store.close());
      assert.equal(store.checkpointSequence, store.durable.lsn);
    }
    assert.equal(sim.files('checkpoint').length, 2);
    assert(!sim.files('journal').some((path) => path.endsWith('0000000000000001-000001.log')));
    let store = await sim.open(limits);
    await put(sim, store, [['last', '1']]);
    expected.set('last', '1');
    sim.process.crash();
    const paths = sim.files('checkpoint').reverse();
    for (const path of paths.slice(0, damaged)) sim.host.disk.flipBit(path, 3_000, 2);
    if (damaged === 2) {
      const refused = await refusal(sim);
      assert.equal(refused.code, 'CORRUPT');
      assert.match(refused.message, /no checkpoint is whole/);
      continue;
    }
    store = await sim.open(limits);
    assert.deepEqual(new Map(await sim.drive(contents(store))), expected);
    assert.equal(store.alarms().length, damaged);
    await sim.untilChecked(store);
    await sim.settle();
    assert.deepEqual(sim.fatal, []);
    if (damaged === 1) {
      assert.equal(store.checkpointSequence, store.durable.lsn, 'a new checkpoint replaces the damaged one');
      assert.equal(sim.files('checkpoint').length, 2);
    }
  }
});

test('damage that a start does not meet is found by the check: older checkpoint, older journal', async () => {
  const limits = { checkpointCloseBytes: 1, journalFileBytesMax: 20_000 };
  for (const damaged of ['checkpoint', 'journal'] as const) {
    const sim = new StoreWorld(`older ${damaged}`);
    for (let round = 0; round < 3; round++) {
      const store = await sim.open(limits);
      await put(sim, store, numbered(`r${round}-`, 12, 'x'.repeat(500)));
      await sim.drive(store.close());
    }
    const path = (damaged === 'checkpoint' ? sim.files('checkpoint')[0] : sim.files('journal')[1]) as string;
    sim.host.disk.flipBit(path, damaged === 'checkpoint' ? 4_200 : 8_292, 2);
    const store = await sim.open(limits);
    await sim.untilChecked(store);
    await sim.settle();
    assert.deepEqual(sim.fatal, []);
    assert.equal(store.alarms().length, 1);
    assert(store.alarms()[0]?.startsWith(`${path}: offset `), store.alarms()[0]);
  }
});

test('while running, enough journal brings a checkpoint, and old files go', async () => {
  const limits = { checkpointJournalBytes: 64 * 1024, journalFileBytesMax: 32 * 1024 };
  const sim = new StoreWorld('running checkpoints');
  let store = await sim.open(limits);
  const entries = numbered('a', 100);
  await put(sim, store, entries);
  await sim.settle();
  assert(store.checkpointSequence > 50n);
  assert.equal(sim.files('checkpoint').length, 2);
  assert(sim.files('journal').length < 10);
  sim.process.crash();
  store = await sim.open(limits);
  assert.deepEqual(await sim.drive(contents(store)), entries);
  await sim.untilChecked(store);
  assert.deepEqual(sim.fatal, []);
});

test('a damaged mark or view state costs a rebuild and nothing else', async () => {
  for (const damaged of ['mark', 'state'] as const) {
    const sim = new StoreWorld(`rebuild ${damaged}`);
    let store = await sim.open();
    const entries = numbered('a', 5);
    await put(sim, store, entries);
    await sim.drive(store.close());
    if (damaged === 'mark') sim.host.disk.flipBit(`${DIRECTORY}/view.mark`, 9);
    else sim.storage.corrupt(VIEW_PATH, Uint8Array.of(0), 12);
    store = await sim.open();
    assert.deepEqual(await sim.drive(contents(store)), entries);
    await sim.untilChecked(store);
    assert.deepEqual(sim.fatal, []);
  }
});

test('the last journal file missing is noticed by the mark', async () => {
  const sim = new StoreWorld('rolled back');
  const store = await sim.open({ journalFileBytesMax: 16_384 });
  await put(sim, store, numbered('a', 10));
  await sim.drive(store.close());
  const last = sim.files('journal').at(-1) as string;
  await sim.drive(sim.host.start('admin').disk.remove(last));
  assert.match((await refusal(sim)).message, /which view.mark has seen durable/);
});

test('a store whose journal is gone is not taken for a new one, not even after its first start', async () => {
  const sim = new StoreWorld('not new');
  const store = await sim.open();
  await put(sim, store, numbered('a', 3));
  sim.process.crash();
  const { disk } = sim.host.start('admin');
  for (const path of sim.files('journal')) await sim.drive(disk.remove(path));
  assert.match((await refusal(sim)).message, /found no journal/);
});

test('the only checkpoint damaged: the journal is replayed from its beginning', async () => {
  const limits = { checkpointCloseBytes: 1, journalFileBytesMax: 20_000 };
  const sim = new StoreWorld('only checkpoint');
  let store = await sim.open(limits);
  const entries = numbered('a', 20);
  await put(sim, store, entries);
  await sim.drive(store.close());
  const [path] = sim.files('checkpoint');
  for (const offset of [30, 300]) {
    sim.host.disk.flipBit(path as string, offset);
    sim.host.disk.flipBit(`${DIRECTORY}/view.mark`, 20);
    store = await sim.open();
    assert.deepEqual(await sim.drive(contents(store)), entries);
    assert(store.alarms()[0]?.startsWith(`${path}: offset `));
    sim.process.crash();
    sim.host.disk.flipBit(path as string, offset);
    sim.host.disk.flipBit(`${DIRECTORY}/view.mark`, 20);
  }
});
