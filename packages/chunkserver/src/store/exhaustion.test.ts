import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Choose, everyWay, isSimulatedCrash, SimulatedRandom } from '@tessera/env/simulated';
import { TesseraError } from '@tessera/protocol';
import type { PutRequest } from '../log/append-request.js';
import { readShard } from '../testing/read-shard.js';
import { makePut } from '../testing/shards.js';
import { SimulatedMachine } from '../testing/simulated-host.js';

/** Outcomes of one power loss that are run; TESSERA_CRASH_OUTCOMES raises it. */
const OUTCOMES_MAX = Number(process.env.TESSERA_CRASH_OUTCOMES ?? 6);
/** Small, so that the log rolls within the script. */
const LOG_FILE_BYTES = 12 * 1024;
const SHARD_BYTES = 1_500;
const PUTS = 4;

interface Fate {
  readonly put: PutRequest;
  state: 'asked' | 'acknowledged' | 'deleting' | 'deleted';
}

/** Puts shards, deletes one, stops in order, starts again and goes on. */
async function script(machine: SimulatedMachine, fates: Fate[]): Promise<void> {
  for (let life = 0; life < 2; life++) {
    const open = await machine.openLater({ logFileBytes: LOG_FILE_BYTES });
    for (let count = 0; count < PUTS; count++) {
      const payload = new Uint8Array(SHARD_BYTES).fill(fates.length + 1);
      const fate: Fate = { put: makePut({ payload, stripe: BigInt(fates.length + 1) }), state: 'asked' };
      fates.push(fate);
      await open.store.durable(await open.store.put(fate.put));
      fate.state = 'acknowledged';
    }
    const victim = fates.at(-2) as Fate;
    victim.state = 'deleting';
    await open.store.delete(victim.put, 1);
    victim.state = 'deleted';
    await open.close();
    if (life === 0) machine.restart();
  }
}

/** Runs the script until the power goes after the call of this number into disk or store, if there are so many. */
async function runUntil(call: number, choose: Choose) {
  const machine = new SimulatedMachine({ seed: 'exhaustion' });
  const fates: Fate[] = [];
  const { world, host, kv } = machine;
  let ended = false;
  let left = call;
  let failure: unknown;
  host.disk.choose = choose;
  kv.choose = choose;
  world.faults = ({ kind }) => {
    if (!kind.startsWith('disk.') && !kind.startsWith('kv.')) return undefined;
    return left-- === 0 ? { type: 'crash', when: 'after', kind: 'power' } : undefined;
  };
  script(machine, fates).then(
    () => {
      ended = true;
    },
    (error) => {
      if (!isSimulatedCrash(error) && machine.process.alive) failure = error;
    },
  );
  await world.run({ until: () => ended || failure !== undefined || !machine.process.alive });
  if (failure !== undefined) throw failure;
  world.faults = undefined;
  // A call that fails by itself does not come to the moment after it.
  machine.process.crash('power');
  host.disk.choose = undefined;
  kv.choose = undefined;
  return { machine, fates, reached: left < 0 };
}

/** What was acknowledged is there, what was deleted is not, and nothing is there in part; and the log goes on. */
async function check(machine: SimulatedMachine, fates: readonly Fate[]): Promise<void> {
  machine.restart();
  const open = await machine.open({ logFileBytes: LOG_FILE_BYTES });
  for (const { put, state } of fates) {
    const what = `stripe ${put.stripe}, ${state}`;
    try {
      assert.deepEqual(await machine.drive(readShard(open, put)), put.payload, what);
      assert.notEqual(state, 'deleted', what);
    } catch (error) {
      assert.ok(error instanceof TesseraError && ['NOT_FOUND', 'CORRUPT'].includes(error.code), `${what}: ${error}`);
      assert.notEqual(state, 'acknowledged', `${what}: ${error}`);
    }
  }
  const put = makePut({ payload: new Uint8Array(SHARD_BYTES).fill(99), stripe: 99n });
  await machine.drive(open.store.put(put).then((lsn) => open.store.durable(lsn)));
  assert.deepEqual(await machine.drive(readShard(open, put)), put.payload);
  await machine.drive(open.close());
}

test('shard log and index: a power loss after every call, with every outcome up to a bound', async () => {
  let outcomes = 0;
  let exhausted = 0;
  let calls = 0;
  for (let reached = true; reached; calls++) {
    const { ways, all } = await everyWay(new SimulatedRandom(calls), OUTCOMES_MAX, async (choose) => {
      const run = await runUntil(calls, choose);
      reached = run.reached;
      await check(run.machine, run.fates).catch((error) => {
        throw new Error(`after call ${calls}: ${error.message}`, { cause: error });
      });
    });
    outcomes += ways;
    if (all) exhausted++;
  }
  assert.ok(calls > 60, `only ${calls} calls`);
  console.log(`${calls} calls, ${outcomes} outcomes; of ${exhausted} calls all outcomes were run`);
});
