import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBelow } from '@tessera/env';
import { isSimulatedCrash, SimulatedRandom } from '@tessera/env/simulated';
import { History } from './testing/history.js';
import { contents, key, StoreWorld, value } from './testing/store-world.js';

const SEEDS = 20;
const INCARNATIONS = 5;
const CLIENTS = 6;
/** Small enough that files roll and checkpoints are written within a run. */
const LIMITS = {
  journalFileBytesMax: 48 * 1024,
  checkpointJournalBytes: 96 * 1024,
  checkpointCloseBytes: 32 * 1024,
  valueCacheBytesMax: 4_000,
};
const APPLY_MARKS = [1, 30, 5_000];

const ALL_TABLES = Array.from({ length: 256 }, (_, table) => table);

/** Runs clients until a call of the store crashes. Returns false when the store was closed in order instead. */
async function liveAndDie(sim: StoreWorld, history: History, random: SimulatedRandom): Promise<boolean> {
  const crashAt = sim.world.calls + randomBelow(random, 700);
  const when = randomBelow(random, 2) === 0 ? 'before' : 'after';
  const kind = randomBelow(random, 4) === 0 ? 'kill' : 'power';
  const process = sim.host.start('metaserver');
  sim.process = process;
  sim.world.faults = ({ sequence }) => (sequence === crashAt ? { type: 'crash', when, kind } : undefined);
  let ended = false;
  const life = async () => {
    const applyEntriesMark = APPLY_MARKS[randomBelow(random, APPLY_MARKS.length)] as number;
    const filteredTables = randomBelow(random, 2) === 0 ? [] : ALL_TABLES;
    const store = await sim.openHere({ ...LIMITS, applyEntriesMark }, { filteredTables });
    await history.check(store);
    const clients = Array.from({ length: CLIENTS }, () => history.client(store, 30));
    await Promise.all(clients);
    await store.close();
    ended = true;
  };
  let failure: unknown;
  life().catch((error: unknown) => {
    // What dead code throws and answers means nothing.
    if (process.alive && !isSimulatedCrash(error)) failure = error;
  });
  await sim.world.run({ until: () => !process.alive || ended || failure !== undefined });
  sim.world.faults = undefined;
  if (failure !== undefined) throw failure;
  return process.alive;
}

test('whatever call a crash strikes at, acknowledged transactions survive whole and others whole or not at all', async () => {
  let closedInOrder = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    try {
      const random = new SimulatedRandom(`crash ${seed}`);
      const sim = new StoreWorld(seed, { junkAfterPowerLoss: seed % 3 === 0 });
      const history = new History(random.fork('history'));
      for (let incarnation = 0; incarnation < INCARNATIONS; incarnation++) {
        if (await liveAndDie(sim, history, random)) closedInOrder++;
        const fatal = sim.fatal.filter((error) => !isSimulatedCrash(error));
        assert.deepEqual(fatal, [], 'a healthy disk never fails the store');
        sim.process.crash();
      }
      const store = await sim.open(LIMITS);
      await sim.drive(history.check(store));
      await sim.untilChecked(store);
      assert(store.checked, 'the view equals the journal');
      await sim.drive(store.close());
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
  assert(closedInOrder > SEEDS / 10, `only ${closedInOrder} stores lived to be closed`);
});

test('a group that was written and not synced when the process was killed is durable once a start has read it', async () => {
  for (let seed = 0; seed < 10; seed++) {
    const sim = new StoreWorld(`unsynced ${seed}`);
    let store = await sim.open();
    await sim.drive(store.transact((tx) => tx.put(key('a'), value('1'))));
    const { process } = sim;
    sim.world.faults = ({ kind }) =>
      kind === 'disk.sync' ? { type: 'crash', when: 'before', kind: 'kill' } : undefined;
    void store.transact((tx) => tx.put(key('b'), value('2')));
    await sim.world.run({ until: () => !process.alive });
    sim.world.faults = undefined;
    store = await sim.open();
    const seen = await sim.drive(contents(store));
    sim.process.crash('power');
    store = await sim.open();
    assert.deepEqual(await sim.drive(contents(store)), seen);
  }
});

test('what a failed sync left readable is durable once a start has built on it', async () => {
  for (let seed = 0; seed < 10; seed++) {
    const sim = new StoreWorld(`failed sync ${seed}`);
    let store = await sim.open();
    await sim.drive(store.transact((tx) => tx.put(key('a'), value('1'))));
    sim.world.faults = ({ kind }) => (kind === 'disk.sync' ? { type: 'error', code: 'IO' } : undefined);
    await assert.rejects(sim.drive(store.transact((tx) => tx.put(key('b'), value('2')))));
    sim.world.faults = undefined;
    sim.process.crash('kill');
    store = await sim.open();
    const seen = await sim.drive(contents(store));
    sim.process.crash('power');
    store = await sim.open();
    assert.deepEqual(await sim.drive(contents(store)), seen);
  }
});

test('a crash at any call of the very first start leaves a directory that starts', async () => {
  for (let call = 0; call < 60; call++) {
    const sim = new StoreWorld(`first start ${call}`);
    const process = sim.host.start('metaserver');
    sim.process = process;
    const crashAt = sim.world.calls + call;
    sim.world.faults = ({ sequence }) => (sequence === crashAt ? { type: 'crash', when: 'after' } : undefined);
    let opened = false;
    void sim.openHere().then(
      () => {
        opened = true;
      },
      () => {},
    );
    await sim.world.run({ until: () => !process.alive || opened });
    sim.world.faults = undefined;
    process.crash();
    const store = await sim.open();
    await sim.drive(store.transact((tx) => tx.put(key('a'), value('1'))));
    await sim.untilChecked(store);
    assert(store.checked);
  }
});
