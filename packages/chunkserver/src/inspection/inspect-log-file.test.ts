import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePut, randomPayload } from '../testing/shards.js';
import { DIRECTORY, SimulatedMachine } from '../testing/simulated-host.js';
import { inspectLogFile } from './inspect-log-file.js';

test('puts, tombstones and damage are found in the bytes alone', async () => {
  const machine = new SimulatedMachine({ seed: 'inspect' });
  const { store, close } = await machine.open();
  const puts = [1n, 2n].map((stripe) => makePut({ stripe, slot: 1, payload: randomPayload(machine.host.random) }));
  for (const put of puts) await machine.drive(store.put(put).then((lsn) => store.durable(lsn)));
  await machine.drive(store.delete({ pg: 1, stripe: 2n, slot: 1 }, 7));
  await machine.drive(close());

  const path = `${DIRECTORY}/log/0000000001.log`;
  const content = machine.host.disk.content(path) as Uint8Array;
  const records = await inspectLogFile(content, path);
  assert.deepEqual(
    records.map(({ kind, pg, stripe, slot }) => [kind, pg, stripe, slot]),
    [
      ['put', 1, 1n, 1],
      ['put', 1, 2n, 1],
      ['tombstone', 1, 2n, 1],
    ],
  );
  assert.deepEqual(
    records.slice(0, 2).map(({ root, payloadBytes, position }) => ({ root, payloadBytes, position })),
    puts.map(({ root, payload, position }) => ({ root, payloadBytes: payload.length, position })),
  );

  const at = Buffer.from(content).indexOf(puts[0]?.payload as Uint8Array);
  assert.equal(records[0]?.payloadOffset, at);
  content[at] = (content[at] as number) ^ 1;
  assert.equal((await inspectLogFile(content, path))[0]?.kind, 'doubtful');
  assert.deepEqual(await inspectLogFile(new Uint8Array(4096), path), []);
});
