import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readShard } from '../testing/read-shard.js';
import { makePut } from '../testing/shards.js';
import { SimulatedMachine } from '../testing/simulated-host.js';

/** A machine whose store has one shard and has been restarted, so that nothing is warm; and how often each call came. */
async function cold() {
  const machine = new SimulatedMachine({ seed: 'cold', disk: { readMsMin: 50, readMsMax: 60 } });
  const put = makePut({ payload: machine.world.random.fill(new Uint8Array(100_000)) });
  const before = await machine.open();
  await machine.drive(before.store.put(put));
  await machine.drive(before.close());
  const open = await machine.open();
  const calls = { later: 0, now: 0 };
  machine.world.faults = ({ kind }) => {
    if (kind === 'disk.read') calls.later++;
    if (kind === 'disk.readSync') calls.now++;
    return undefined;
  };
  return { machine, open, put, calls };
}

describe('reads', () => {
  it('leave the event loop the first time, and not for what was just read or written', async () => {
    const { machine, open, put, calls } = await cold();
    for (let read = 0; read < 3; read++) assert.deepEqual(await machine.drive(readShard(open, put)), put.payload);
    assert.deepEqual(calls, { later: 1, now: 2 });
    const other = makePut({ payload: new Uint8Array(10).fill(7), stripe: 77n });
    await machine.drive(open.store.put(other));
    assert.deepEqual(await machine.drive(readShard(open, other)), other.payload);
    assert.deepEqual(calls, { later: 1, now: 3 });
  });

  it('do not bring back what is deleted meanwhile', async () => {
    const { machine, open, put } = await cold();
    const reading = machine.drive(Promise.all([readShard(open, put), open.store.delete(put, 1)]));
    assert.deepEqual((await reading)[0], put.payload);
    await assert.rejects(machine.drive(readShard(open, put)), { code: 'NOT_FOUND' });
  });

  it('do not find what is warm and deleted', async () => {
    const { machine, open, put } = await cold();
    await machine.drive(readShard(open, put));
    await machine.drive(open.store.delete(put, 1));
    await assert.rejects(machine.drive(readShard(open, put)), { code: 'NOT_FOUND' });
  });
});
