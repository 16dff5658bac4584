import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBelow } from '@tessera/env';
import { SimulatedRandom } from '@tessera/env/simulated';
import { GROUP_BYTES_MARK, JOURNAL_GROUP_BYTES_MAX, VALUE_BYTES_MAX } from './limits.js';
import type { JournaledStore } from './store.js';
import { withEarlyReads } from './testing/early-reads.js';
import { contents, key, StoreWorld, text, value } from './testing/store-world.js';
import type { Transaction } from './transaction.js';

/** Cache sizes in bytes: nothing but what is needed stays, a few entries stay, all stay. */
const CACHES = [0, 3_000, 1024 * 1024];
const APPLY_MARKS = [1, 20, 5_000];
const KEYS = 25;
const TABLE = 'k'.charCodeAt(0);

type State = ReadonlyMap<string, string>;

/**
 * The states that the store goes through, kept beside it. A run that comes to its end may still be abandoned, but the
 * next transaction that writes then has the same commit sequence: what ran last under a sequence is what committed.
 */
class Model {
  readonly states: State[] = [new Map()];
  #ran = new Map<bigint, ReadonlyMap<string, string | undefined>>();

  /** Called at the beginning of each run: all below its sequence has committed. */
  begin(sequence: bigint): State {
    this.#ran.delete(sequence);
    for (const [, writes] of [...this.#ran].sort(([left], [right]) => (left < right ? -1 : 1))) {
      const next = new Map(this.newest);
      for (const [name, content] of writes) {
        if (content === undefined) next.delete(name);
        else next.set(name, content);
      }
      this.states.push(next);
    }
    this.#ran.clear();
    return this.newest;
  }

  ran(sequence: bigint, writes: ReadonlyMap<string, string | undefined>): void {
    this.#ran.set(sequence, writes);
  }

  get newest(): State {
    return this.states.at(-1) as State;
  }
}

class Client {
  readonly #store: JournaledStore;
  readonly #model: Model;
  readonly #random: SimulatedRandom;

  constructor(store: JournaledStore, model: Model, random: SimulatedRandom) {
    this.#store = store;
    this.#model = model;
    this.#random = random;
  }

  async run(operations: number): Promise<void> {
    for (let count = 0; count < operations; count++) {
      if (randomBelow(this.#random, 4) > 0) await this.#transact();
      else await this.#scan();
    }
  }

  async #transact(): Promise<void> {
    const keys = Array.from({ length: 1 + randomBelow(this.#random, 4) }, () => this.#key());
    const choices = keys.map(() => randomBelow(this.#random, 4));
    const content = String(this.#random.uint32());
    const fails = randomBelow(this.#random, 10) === 0;
    const prefetches = randomBelow(this.#random, 4) === 0;
    const body = (tx: Transaction) => {
      const state = this.#model.begin(tx.commitSequence);
      const writes = new Map<string, string | undefined>();
      if (prefetches) tx.prefetch(keys.map(key));
      for (const [index, target] of keys.entries()) {
        if (choices[index] === 0) {
          const expected = writes.has(target) ? writes.get(target) : state.get(target);
          if (text(tx.get(key(target))) !== expected) throw new Error(`wrong value of ${target}`);
        } else if (choices[index] === 1) {
          tx.delete(key(target));
          writes.set(target, undefined);
        } else {
          tx.put(key(target), value(content));
          writes.set(target, content);
        }
      }
      if (fails) throw new Error('meant to fail');
      this.#model.ran(tx.commitSequence, writes);
    };
    const error = await this.#store.transact(body).then(
      () => undefined,
      (thrown: Error) => thrown.message,
    );
    assert.equal(error, fails ? 'meant to fail' : undefined);
  }

  async #scan(): Promise<void> {
    const [from, to] = [this.#key(), this.#key()].sort() as [string, string];
    const reverse = randomBelow(this.#random, 2) === 0;
    const limit = 1 + randomBelow(this.#random, 12);
    const catchUp = () => this.#store.transact((tx) => void this.#model.begin(tx.commitSequence));
    const before = catchUp();
    const first = this.#model.states.length - 1;
    const found = await this.#store.scan({ from: key(from), to: key(to), reverse }, limit);
    await Promise.all([before, catchUp()]);
    const shown = JSON.stringify(found.map((entry) => [text(entry.key), text(entry.value)]));
    const possible = this.#model.states.slice(first).map((state) => {
      const entries = [...state].filter(([name]) => name >= from && name < to).sort();
      if (reverse) entries.reverse();
      return JSON.stringify(entries.slice(0, limit));
    });
    assert(possible.includes(shown), `a scan shows ${shown}, no state since its call is that`);
  }

  #key(): string {
    return `k${String(randomBelow(this.#random, KEYS)).padStart(2, '0')}`;
  }
}

test('under random interleavings every function sees the newest committed state, and every scan a state of its time', async () => {
  for (const cacheBytes of CACHES) {
    for (let seed = 0; seed < 8; seed++) {
      const sim = new StoreWorld(`model ${cacheBytes} ${seed}`);
      const random = new SimulatedRandom(`model ${cacheBytes} ${seed}`);
      if (seed % 2 === 1) {
        sim.wrapEngine = (engine, { clock }) => withEarlyReads(engine, clock, () => randomBelow(random, 8));
      }
      const limits = { valueCacheBytesMax: cacheBytes, applyEntriesMark: APPLY_MARKS[seed % 3] as number };
      const store = await sim.open(limits, { filteredTables: seed % 4 < 2 ? [] : [TABLE] });
      const model = new Model();
      const clients = Array.from({ length: 8 }, () => new Client(store, model, random).run(40));
      await sim.drive(Promise.all(clients));
      await sim.drive(store.transact((tx) => void model.begin(tx.commitSequence)));
      assert.deepEqual(new Map(await sim.drive(contents(store))), new Map([...model.newest].sort()));
      assert(model.states.length > 100);
      await sim.drive(store.close());
      const again = await sim.open();
      await sim.untilChecked(again);
      assert(again.checked);
    }
  }
});

/** Holds syncs of the journal until released. */
class SyncGate {
  readonly #sim: StoreWorld;
  constructor(sim: StoreWorld) {
    this.#sim = sim;
  }

  hold(): void {
    this.#sim.world.faults = ({ kind }) => (kind === 'disk.sync' ? { type: 'delay', delayMs: 1_000 } : undefined);
  }

  release(): void {
    this.#sim.world.faults = undefined;
  }
}

test('whoever saw a write is answered after it is durable: reads, errors, scans, deletes of nothing; others at once', async () => {
  const sim = new StoreWorld('observed');
  const store = await sim.open();
  await sim.drive(store.transact((tx) => tx.put(key('old'), value('1'))));
  const gate = new SyncGate(sim);
  gate.hold();
  const answered: string[] = [];
  const note = (name: string) => (promise: Promise<unknown>) =>
    promise.then(
      () => answered.push(name),
      () => answered.push(name),
    );
  const { lsn } = store.durable;
  const all = [
    note('write')(
      store.transact((tx) => {
        tx.put(key('new'), value('1'));
        tx.delete(key('old'));
      }),
    ),
  ];
  await sim.world.run({ untilMs: sim.world.nowMs + 100 });
  all.push(
    note('read')(store.read((tx) => tx.get(key('new')))),
    note('read of a deleted key')(store.read((tx) => tx.get(key('old')))),
    note('error')(
      store.transact((tx) => {
        if (tx.get(key('new'))) throw new Error('exists');
      }),
    ),
    note('delete of nothing')(store.transact((tx) => tx.delete(key('old')))),
    note('scan')(store.scan({ from: key('a'), to: key('z') }, 10)),
  );
  await sim.world.run({ untilMs: sim.world.nowMs + 100 });
  assert.deepEqual(answered, []);
  await sim.drive(Promise.all([note('other read')(store.read((tx) => tx.get(key('other'))))]));
  await sim.drive(Promise.all([note('other scan')(store.scan({ from: key('x'), to: key('z') }, 10))]));
  assert.deepEqual(answered, ['other read', 'other scan']);
  assert.equal(store.durable.lsn, lsn);
  gate.release();
  await sim.drive(Promise.all(all));
  assert.equal(answered.length, 8);
  assert.equal(store.durable.lsn, lsn + 1n);
});

test('transactions that come while a group is synced share the next one', async () => {
  const sim = new StoreWorld('groups');
  const store = await sim.open({}, { checkInserts: false });
  let syncs = 0;
  sim.world.faults = ({ kind, subject }) => {
    if (kind === 'disk.sync' && subject.includes('/journal/')) syncs++;
    return undefined;
  };
  const many = Array.from({ length: 200 }, (_, index) =>
    store.transact((tx) => tx.insert(key(`n${index}`), value('1'))),
  );
  await sim.drive(Promise.all(many));
  assert.equal(syncs, 1);
  const waves: Promise<void>[] = [];
  for (let wave = 0; wave < 3; wave++) {
    for (let index = 0; index < 50; index++) {
      waves.push(store.transact((tx) => tx.insert(key(`w${wave}-${index}`), value('1'))));
    }
    await sim.world.run({ untilMs: sim.world.nowMs + 0.01 });
  }
  await sim.drive(Promise.all(waves));
  assert.equal(syncs, 3);
});

test('an operation that waits for keys does not hold up those behind it', async () => {
  const sim = new StoreWorld('parked');
  let store = await sim.open();
  await sim.drive(store.transact((tx) => tx.put(key('cold'), value('1'))));
  await sim.drive(store.close());
  store = await sim.open();
  await sim.drive(store.transact((tx) => tx.put(key('warm'), value('1'))));
  await sim.untilChecked(store);
  sim.world.faults = ({ kind }) => (kind === 'kv.getMany' ? { type: 'delay', delayMs: 500 } : undefined);
  const order: string[] = [];
  const cold = store.read((tx) => tx.get(key('cold'))).then(() => order.push('cold'));
  const warm = store.read((tx) => tx.get(key('warm'))).then(() => order.push('warm'));
  const write = store.transact((tx) => tx.put(key('warm'), value('2'))).then(() => order.push('write'));
  await sim.drive(Promise.all([cold, warm, write]));
  assert.deepEqual(order, ['warm', 'write', 'cold']);
});

test('a fetch that began before a write of its key never brings the old value back', async () => {
  const sim = new StoreWorld('stale fetch');
  let store = await sim.open();
  await sim.drive(store.transact((tx) => tx.put(key('a'), value('old'))));
  await sim.drive(store.close());
  let delayMs = 0;
  sim.wrapEngine = (engine, { clock }) => withEarlyReads(engine, clock, () => delayMs);
  store = await sim.open({ valueCacheBytesMax: 0 });
  await sim.untilChecked(store);
  delayMs = 300;
  // An operation that needs another key too is still being fetched for when the write of `a` has reached the view.
  const slow = store.read((tx) => {
    tx.prefetch([key('a'), key('b')]);
    return text(tx.get(key('a')));
  });
  await sim.world.run({ untilMs: sim.world.nowMs + 1 });
  delayMs = 0;
  await sim.drive(store.transact((tx) => tx.put(key('a'), value('new'))));
  await sim.world.run({ untilMs: sim.world.nowMs + 50 });
  assert.equal(await sim.drive(slow), 'new');
  assert.equal(await sim.drive(store.read((tx) => text(tx.get(key('a'))))), 'new');
});

test('a group that cannot be written or synced ends the store: nothing in it or after it is acknowledged', async () => {
  for (const kind of ['disk.write', 'disk.sync']) {
    for (const code of ['IO', 'NO_SPACE']) {
      const sim = new StoreWorld(`journal ${kind} ${code}`);
      const store = await sim.open();
      await sim.drive(store.transact((tx) => tx.put(key('a'), value('1'))));
      sim.world.faults = (call) =>
        call.kind === kind && call.subject.includes('/journal/') ? { type: 'error', code } : undefined;
      const outcomes = Array.from({ length: 5 }, (_, index) =>
        store
          .transact((tx) => tx.put(key(`b${index}`), value('1')))
          .then(
            () => 'acknowledged',
            (error: { code?: string }) => error.code,
          ),
      );
      const seen = store.read((tx) => tx.get(key('b0'))).catch((error: { code?: string }) => error.code);
      assert.deepEqual(new Set(await sim.drive(Promise.all([...outcomes, seen]))), new Set(['UNAVAILABLE']));
      assert.equal(sim.fatal.length, 1);
      sim.world.faults = undefined;
      const after = sim.drive(store.transact((tx) => tx.put(key('c'), value('1'))));
      await assert.rejects(after, { code: 'UNAVAILABLE' });
      await sim.drive(store.close());
      const again = await sim.open();
      assert.equal(text(await sim.drive(again.read((tx) => tx.get(key('a'))))), '1');
    }
  }
});

test('a view that fails ends the store, and the next start builds it anew', async () => {
  for (const kind of ['kv.apply', 'kv.getMany', 'kv.scan']) {
    const sim = new StoreWorld(`view ${kind}`);
    let store = await sim.open();
    await sim.untilChecked(store);
    await sim.drive(store.transact((tx) => tx.put(key('a'), value('1'))));
    sim.world.faults = (call) => (call.kind === kind ? { type: 'error', code: 'IO' } : undefined);
    const work = [
      store.transact((tx) => tx.put(key('b'), value('1'))),
      store.read((tx) => tx.get(key('cold'))),
      store.scan({ from: key('a'), to: key('z') }, 10),
    ];
    await sim.drive(Promise.allSettled(work));
    await sim.settle();
    assert.equal(sim.fatal.length, 1, kind);
    sim.world.faults = undefined;
    sim.process.crash();
    store = await sim.open();
    const found = await sim.drive(contents(store));
    assert.deepEqual(found[0], ['a', '1']);
    await sim.untilChecked(store);
    assert.equal(sim.fatal.length, 1);
  }
});

test('transactions whose keys come while the journal is busy wait for their turn: no group outgrows its limit', async () => {
  const sim = new StoreWorld('fetched at once');
  const store = await sim.open();
  const gate = new SyncGate(sim);
  gate.hold();
  const first = store.transact((tx) => tx.put(key('first'), value('1')));
  await sim.world.run({ untilMs: sim.world.nowMs + 10 });
  const content = new Uint8Array(VALUE_BYTES_MAX).fill(7);
  const count = Math.ceil((JOURNAL_GROUP_BYTES_MAX + GROUP_BYTES_MARK) / VALUE_BYTES_MAX);
  const order: number[] = [];
  const many = Array.from({ length: count }, (_, index) =>
    store.transact((tx) => {
      const name = key(`cold${index}`);
      assert.equal(tx.get(name), undefined);
      tx.put(name, content);
    }),
  );
  for (const [index, done] of many.entries()) void done.then(() => order.push(index)).catch(() => {});
  await sim.world.run({ untilMs: sim.world.nowMs + 100 });
  gate.release();
  const outcomes = await sim.drive(Promise.allSettled([first, ...many]));
  assert.deepEqual([...new Set(outcomes.map(({ status }) => status))], ['fulfilled']);
  assert.deepEqual(
    order,
    [...order].sort((left, right) => left - right),
  );
  assert.deepEqual(sim.fatal, []);
  assert.equal((await sim.drive(contents(store))).length, count + 1);
});
