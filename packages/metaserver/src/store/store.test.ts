import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eraOf, ROOT_INODE } from '@tessera/protocol';
import { contents, key, StoreWorld, text, value } from './testing/store-world.js';
import type { Transaction } from './transaction.js';

test('what a transaction wrote is there for the next one, for scans and after a stop and a start', async () => {
  const sim = new StoreWorld('basic');
  let store = await sim.open();
  const first = await sim.drive(
    store.transact((tx) => {
      assert.equal(tx.get(key('a1')), undefined);
      tx.put(key('a1'), value('one'));
      tx.insert(key('b1'), value('two'));
      return text(tx.get(key('a1')));
    }),
  );
  assert.equal(first, 'one');
  await sim.drive(store.transact((tx) => tx.delete(key('b1'))));
  assert.deepEqual(await sim.drive(contents(store)), [['a1', 'one']]);
  await sim.drive(store.close());
  store = await sim.open();
  assert.deepEqual(await sim.drive(contents(store)), [['a1', 'one']]);
  assert.equal(text(await sim.drive(store.read((tx) => tx.get(key('a1'))))), 'one');
  assert.deepEqual(store.alarms(), []);
  await sim.untilChecked(store);
  assert.deepEqual(sim.fatal, []);
});

test('a function that throws writes nothing, and its error reaches the caller', async () => {
  const sim = new StoreWorld('throws');
  const store = await sim.open();
  const failure = new Error('refused');
  const thrown = await sim.drive(
    store
      .transact((tx) => {
        tx.put(key('a'), value('1'));
        throw failure;
      })
      .catch((error: unknown) => error),
  );
  assert.equal(thrown, failure);
  assert.deepEqual(await sim.drive(contents(store)), []);
  assert.equal(store.durable.lsn, 1n);
});

test('every start takes the next era; ids never repeat and commit sequences grow', async () => {
  const sim = new StoreWorld('era');
  const ids = new Set<bigint>([ROOT_INODE]);
  let lastSequence = 0n;
  for (let start = 1; start <= 4; start++) {
    const store = await sim.open();
    assert.equal(store.era, start);
    for (let round = 0; round < 3; round++) {
      const { id, sequence } = await sim.drive(
        store.transact((tx) => {
          tx.put(key('a'), value(String(round)));
          return { id: tx.newId(), sequence: tx.commitSequence };
        }),
      );
      assert.equal(eraOf(id), start);
      assert(!ids.has(id));
      ids.add(id);
      assert(sequence > lastSequence);
      lastSequence = sequence;
      assert.equal(store.durable.lsn, sequence);
      assert.equal(store.durable.era, start);
    }
    if (start % 2 === 0) await sim.drive(store.close());
    else sim.process.crash();
  }
});

test('the time of transactions never goes back, not even across starts', async () => {
  const sim = new StoreWorld('time');
  let store = await sim.open();
  const now = () =>
    sim.drive(
      store.transact((tx) => {
        tx.put(key('a'), value('1'));
        return tx.nowNs;
      }),
    );
  const first = await now();
  sim.host.jumpWall(-3_600_000);
  const second = await now();
  assert(second >= first);
  sim.process.crash();
  store = await sim.open();
  assert((await now()) >= second);
});

test('a second store on the directory is refused while the first is open', async () => {
  const sim = new StoreWorld('lock');
  const store = await sim.open();
  const refused = await sim.drive(sim.openHere().catch((error: unknown) => error));
  assert.equal((refused as { code?: string }).code, 'LOCKED');
  await sim.drive(store.transact((tx) => tx.put(key('a'), value('1'))));
  await sim.drive(store.close());
  const again = await sim.drive(sim.openHere());
  assert.deepEqual(await sim.drive(contents(again)), [['a', '1']]);
});

test('a closed store refuses work, after finishing what it had accepted', async () => {
  const sim = new StoreWorld('close');
  const store = await sim.open();
  const accepted = Array.from({ length: 50 }, (_, index) =>
    store.transact((tx) => tx.put(key(`k${index}`), value(String(index)))),
  );
  const closed = store.close();
  const refused = store.transact((tx) => tx.put(key('late'), value('1'))).catch((error: unknown) => error);
  await sim.drive(Promise.all(accepted));
  await sim.drive(closed);
  assert.equal(((await refused) as { code?: string }).code, 'UNAVAILABLE');
  const again = await sim.open();
  assert.equal((await sim.drive(contents(again))).length, 50);
});

test('limits are refused with a code: keys, bytes of a value, waiting operations', async () => {
  const sim = new StoreWorld('limits');
  const store = await sim.open();
  const code = (promise: Promise<unknown>) =>
    sim.drive(
      promise.then(
        () => 'none',
        (error: { code?: string }) => error.code,
      ),
    );
  const writeMany = (count: number) =>
    store.transact((tx) => {
      for (let index = 0; index < count; index++) tx.put(key(`m${index}`), value('1'));
    });
  assert.equal(await code(writeMany(10_001)), 'TOO_LARGE');
  assert.equal(await code(writeMany(10_000)), 'none');
  assert.equal(await code(store.transact((tx) => tx.put(key('v'), new Uint8Array(1024 * 1024 + 1)))), 'TOO_LARGE');
  assert.equal(await code(store.transact((tx) => tx.put(key('v'), new Uint8Array(1024 * 1024)))), 'none');
  const many = Array.from({ length: 32_768 }, () => store.transact((tx) => tx.put(key('n'), value('1'))));
  const over = store.read((tx) => tx.get(key('n')));
  assert.equal(await code(over), 'OVERLOADED');
  await sim.drive(Promise.all(many));
  assert.equal(await code(store.read((tx) => tx.get(key('n')))), 'none');
});

test('an insert of a key that exists is caught when the key is in memory', async () => {
  const sim = new StoreWorld('insert');
  const store = await sim.open({}, { checkInserts: false });
  const insert = () => store.transact((tx) => tx.insert(key('a'), value('1')));
  await sim.drive(insert());
  await assert.rejects(sim.drive(insert()), /bug: insert of a:/);
});

test('where inserts are checked, one of a key that only the view has is caught, and keys may have fresh ids', async () => {
  const sim = new StoreWorld('checked insert');
  let store = await sim.open();
  const insert = () => store.transact((tx) => tx.insert(key('a'), value('1')));
  await sim.drive(insert());
  await sim.drive(store.close());
  store = await sim.open({}, { checkInserts: true });
  await assert.rejects(sim.drive(insert()), /bug: insert of a:/);
  const id = await sim.drive(
    store.transact((tx) => {
      const fresh = tx.newId();
      tx.insert(key(`id ${fresh}`), value('2'));
      tx.put(key('b'), value('3'));
      return fresh;
    }),
  );
  assert.deepEqual(await sim.drive(contents(store)), [
    ['a', '1'],
    ['b', '3'],
    [`id ${id}`, '2'],
  ]);
});

test('a caller may use its arrays again once its function has returned', async () => {
  const sim = new StoreWorld('arrays');
  const store = await sim.open();
  for (const bytes of [10, 100, 1_000]) {
    const used: Uint8Array[] = [];
    const written = store.transact((tx) => {
      const name = key('a');
      const content = new Uint8Array(bytes).fill(0x61);
      used.push(name, content);
      tx.put(name, content);
    });
    for (const array of used.splice(0)) array.fill(0x7a);
    await sim.world.run({ untilMs: sim.world.nowMs + 0.4 });
    for (const array of used) array.fill(0x7a);
    await sim.drive(written);
    assert.deepEqual(await sim.drive(contents(store)), [['a', 'a'.repeat(bytes)]]);
  }
});

test('a transaction within a transaction function, and one that is used later, are refused as bugs', async () => {
  const sim = new StoreWorld('nested');
  const store = await sim.open();
  let inner: Promise<unknown> | undefined;
  let kept: Transaction | undefined;
  await sim.drive(
    store.transact((tx) => {
      kept = tx;
      tx.put(key('outer'), value('1'));
      inner = store.transact((other) => other.put(key('inner'), value('1'))).catch((error: unknown) => error);
    }),
  );
  assert.match(String(await inner), /bug: a transaction within/);
  assert.deepEqual(await sim.drive(contents(store)), [['outer', '1']]);
  assert.throws(() => kept?.put(key('late'), value('1')), /used after its function returned/);
  const asynchronous = store.transact(async () => {});
  await assert.rejects(sim.drive(asynchronous), /must be synchronous/);
  const writing = store.read((tx) => (tx as Transaction).put(key('a'), value('1')));
  await assert.rejects(sim.drive(writing), /a read must not write/);
});
