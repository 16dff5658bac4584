import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Choose, everyWay, isSimulatedCrash, SimulatedRandom } from '@tessera/env/simulated';
import { contents, key, StoreWorld, value } from './testing/store-world.js';

/** Outcomes of one power loss that are run; TESSERA_CRASH_OUTCOMES raises it. */
const OUTCOMES_MAX = Number(process.env.TESSERA_CRASH_OUTCOMES ?? 6);
/** Small, so that files roll, checkpoints are written and the view closes within the script. */
const LIMITS = {
  journalFileBytesMax: 24 * 1024,
  journalFillBytes: 4 * 1024,
  checkpointJournalBytes: 12 * 1024,
  checkpointCloseBytes: 4 * 1024,
  applyEntriesMark: 2,
};
const TRANSACTIONS = 5;

/** What the script was told: transactions in order, each of two keys. */
interface Told {
  acknowledged: number;
  tried: number;
}

/** Opens a store, changes it, stops it in order, opens it again and goes on. */
async function script(sim: StoreWorld, told: Told): Promise<void> {
  for (let life = 0; life < 2; life++) {
    const store = await sim.openHere(LIMITS);
    for (let count = 0; count < TRANSACTIONS; count++) {
      const number = ++told.tried;
      await store.transact((tx) => {
        tx.put(key('counter'), value(String(number)));
        tx.put(key(`key ${number}`), value('x'.repeat(700)));
      });
      told.acknowledged = number;
    }
    await store.close();
    if (life === 0) sim.process = sim.host.start('metaserver');
  }
}

/** Runs the script until the power goes after the call of this number into disk or store, if there are so many. */
async function runUntil(call: number, choose: Choose): Promise<{ sim: StoreWorld; told: Told; reached: boolean }> {
  const sim = new StoreWorld('exhaustion');
  const told: Told = { acknowledged: 0, tried: 0 };
  let ended = false;
  let left = call;
  let failure: unknown;
  sim.host.disk.choose = choose;
  sim.storage.choose = choose;
  sim.process = sim.host.start('metaserver');
  sim.world.faults = ({ kind }) => {
    if (!kind.startsWith('disk.') && !kind.startsWith('kv.')) return undefined;
    return left-- === 0 ? { type: 'crash', when: 'after', kind: 'power' } : undefined;
  };
  script(sim, told).then(
    () => {
      ended = true;
    },
    (error) => {
      if (!isSimulatedCrash(error) && sim.process.alive) failure = error;
    },
  );
  await sim.world.run({ until: () => ended || failure !== undefined || !sim.process.alive });
  if (failure !== undefined) throw failure;
  sim.world.faults = undefined;
  // A call that fails by itself does not come to the moment after it.
  sim.process.crash('power');
  return { sim, told, reached: left < 0 };
}

/** What was acknowledged is there, whole, and nothing but what was tried; and the store goes on. */
async function check({ sim, told }: { sim: StoreWorld; told: Told }): Promise<void> {
  // What dead code gave up for means nothing.
  const failures = sim.fatal.length;
  const store = await sim.open(LIMITS);
  const found = new Map(await sim.drive(contents(store)));
  const counter = Number(found.get('counter') ?? 0);
  assert.ok(counter >= told.acknowledged, `${told.acknowledged} were acknowledged, ${counter} are there`);
  assert.ok(counter <= told.tried, `${counter} are there, ${told.tried} were tried`);
  const expected = Array.from({ length: counter }, (_, index) => `key ${index + 1}`);
  assert.deepEqual([...found.keys()].filter((name) => name !== 'counter').sort(), expected.sort());
  await sim.drive(store.transact((tx) => tx.put(key('after'), value('1'))));
  await sim.untilChecked(store);
  assert.deepEqual(sim.fatal.slice(failures), []);
  await sim.drive(store.close());
}

test('journal and view: a power loss after every call, with every outcome up to a bound', async () => {
  let outcomes = 0;
  let exhausted = 0;
  let calls = 0;
  for (let reached = true; reached; calls++) {
    const { ways, all } = await everyWay(new SimulatedRandom(calls), OUTCOMES_MAX, async (choose) => {
      const run = await runUntil(calls, choose);
      reached = run.reached;
      // Whatever later power losses take is not looked at here.
      run.sim.host.disk.choose = undefined;
      run.sim.storage.choose = undefined;
      await check(run).catch((error) => {
        throw new Error(`after call ${calls}: ${error.message}`, { cause: error });
      });
    });
    outcomes += ways;
    if (all) exhausted++;
  }
  assert.ok(calls > 100, `only ${calls} calls`);
  console.log(`${calls} calls, ${outcomes} outcomes; of ${exhausted} calls all outcomes were run`);
});
