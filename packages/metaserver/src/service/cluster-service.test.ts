import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ERA_MAX, encodeId, toLong, type v1 } from '@tessera/protocol';
import { diskId, SimulatedCluster } from '../testing/simulated-cluster.js';

const AHEAD = { era: 1, lsn: toLong(2n ** 50n), chain: new Uint8Array(32).fill(5) };

let fixture: SimulatedCluster;

beforeEach(async () => {
  fixture = new SimulatedCluster();
  await fixture.start();
});

test('what a stranger says of the journal stops nothing', async () => {
  await fixture.register(1);
  const context = fixture.context();
  await assert.rejects(fixture.register(9, { context, witness: AHEAD }), { code: 'DISK_REFUSED' });
  await assert.rejects(fixture.register(9, { context, eraSeen: ERA_MAX }), { code: 'DISK_REFUSED' });
  assert.equal((await fixture.register(2, { witness: AHEAD, eraSeen: ERA_MAX })).server, 2, 'a fresh disk');
  await assert.rejects(fixture.heartbeat(1, 9, { witness: AHEAD }), { code: 'NOT_FOUND' });
  await assert.rejects(fixture.heartbeat(9, 1, { witness: AHEAD }), { code: 'NOT_FOUND' });
  await fixture.heartbeat(1);
  assert.deepEqual(fixture.fatal, []);
});

test('eras, lsns and chains that no journal has are refused, also from a registered disk', async () => {
  await fixture.register(1);
  const context = fixture.context();
  const cases: [Partial<v1.RegisterRequest.$Properties>, RegExp][] = [
    [{ eraSeen: ERA_MAX + 1 }, /era_seen is 16777216; there is no era above 16777215/],
    [{ eraSeen: 0xffff_ffff }, /era_seen is 4294967295/],
    [{ witness: { ...AHEAD, era: ERA_MAX + 1 } }, /witness's era is 16777216/],
    [{ witness: { ...AHEAD, lsn: toLong(2n ** 63n) } }, /outside 0\.\.2\^53-1/],
    [{ witness: { ...AHEAD, chain: new Uint8Array(31) } }, /chain has 31 bytes; it must have 32/],
  ];
  for (const [seen, message] of cases) {
    await assert.rejects(fixture.register(1, { context, ...seen }), { code: 'INVALID_ARGUMENT', message });
    if (seen.witness === undefined) continue;
    await assert.rejects(fixture.heartbeat(1, 1, seen), { code: 'INVALID_ARGUMENT', message });
  }
  await fixture.heartbeat(1);
  assert.deepEqual(fixture.fatal, []);
});

test('a registered disk is heard, whether or not it names its cluster', async () => {
  for (const namesCluster of [true, false]) {
    const cluster = new SimulatedCluster();
    await cluster.start();
    await cluster.register(1);
    const context = cluster.context(namesCluster ? {} : { clusterId: new Uint8Array() });
    await cluster.register(1, { context, witness: AHEAD }).catch(() => {});
    assert.deepEqual(
      cluster.fatal.map(({ code }) => code),
      ['DATA_LOSS'],
    );
  }
});

test('a later era in a heartbeat stops the metaserver', async () => {
  await fixture.register(1);
  const heard = fixture.heartbeat(1, 1, { witness: { ...AHEAD, era: 2 } });
  const message =
    /seen era 2, this metadata is of era 1.*start the metaserver on the directory that has the newest journal/;
  await assert.rejects(heard, { code: 'DEPOSED', message });
  assert.deepEqual(
    fixture.fatal.map(({ code }) => code),
    ['DEPOSED'],
  );
});

test('shards that a chunkserver doubts again and again cost one transaction, and one more after a restart', async () => {
  await fixture.register(1);
  await fixture.register(2);
  const doubtful = (...slots: number[]) => ({
    report: { doubtful: slots.map((slot) => ({ pg: 1, stripe: encodeId(77n), slot })) },
  });
  let transactions = 0;
  const count = async (body: () => Promise<unknown>) => {
    const { store } = fixture.metaserver;
    const transact = store.transact.bind(store);
    transactions = 0;
    store.transact = (run) => {
      transactions++;
      return transact(run);
    };
    await body();
    store.transact = transact;
    return transactions;
  };
  assert.equal(await count(() => fixture.heartbeat(1, 1, doubtful(0, 1, 2))), 1);
  assert.equal(await count(() => fixture.heartbeat(1, 1, doubtful(2, 1, 0))), 0);
  assert.equal(await count(() => fixture.heartbeat(1, 1, doubtful(0, 3))), 1, 'a new one among known ones');
  assert.equal(await count(() => fixture.heartbeat(2, 2, doubtful(0))), 1, "another server's");
  const again = () => fixture.register(1, { context: fixture.context(), ...doubtful(0, 1, 2, 3) });
  assert.equal(await count(again), 1, 'the registration itself');
  await fixture.stop();
  await fixture.start();
  assert.equal(await count(() => fixture.heartbeat(1, 1, doubtful(0, 1, 2, 3))), 1);
  assert.equal(await count(() => fixture.heartbeat(1, 1, doubtful(0, 1, 2, 3))), 0);
});

test('shards that could not be recorded are recorded with the next report', async () => {
  await fixture.register(1);
  const { store } = fixture.metaserver;
  const report = { doubtful: [{ pg: 1, stripe: encodeId(77n), slot: 0 }] };
  const transact = store.transact.bind(store);
  store.transact = async () => Promise.reject(new Error('busy'));
  await assert.rejects(fixture.heartbeat(1, 1, { report }));
  let recorded = 0;
  store.transact = (run) => {
    recorded++;
    return transact(run);
  };
  await fixture.heartbeat(1, 1, { report });
  await fixture.heartbeat(1, 1, { report });
  assert.equal(recorded, 1);
  assert.ok(fixture.metaserver.cluster.isDoubtful(1, 1, 77n, 0));
  assert.equal(fixture.metaserver.cluster.serverOfDisk(diskId(1)), 1);
});
