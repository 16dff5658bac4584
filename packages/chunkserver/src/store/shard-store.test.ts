import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PutRequest } from '../log/append-request.js';
import { readShard } from '../testing/read-shard.js';
import { makePut, randomPayload } from '../testing/shards.js';
import { SimulatedMachine } from '../testing/simulated-host.js';

describe('the store of shards', () => {
  it('gives back what was put, after every kind of stop', async () => {
    const machine = new SimulatedMachine({ seed: 1 });
    let open = await machine.open({ logFileBytes: 512 * 1024 });
    const puts: PutRequest[] = [];
    for (let round = 0; round < 4; round++) {
      for (let index = 0; index < 12; index++) {
        const payload = randomPayload(machine.world.random);
        const put = makePut({ payload, pg: round, stripe: BigInt(1000 + index), slot: index % 6 });
        puts.push(put);
        await machine.drive(open.store.put(put).then((lsn) => open.store.durable(lsn)));
      }
      for (const put of puts) assert.deepEqual(await machine.drive(readShard(open, put)), put.payload);
      assert.equal(open.store.report().shards, puts.length);
      if (round === 0) await machine.drive(open.close());
      else machine.process.crash(round === 1 ? 'kill' : 'power');
      machine.restart();
      open = await machine.open({ logFileBytes: 512 * 1024 });
    }
    for (const put of puts) assert.deepEqual(await machine.drive(readShard(open, put)), put.payload);
    assert.equal(open.store.report().shards, puts.length);
  });
});
