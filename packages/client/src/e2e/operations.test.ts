import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '../api.js';
import { connect } from '../connect.js';
import { DaemonCluster } from './daemon-cluster.js';
import { noise } from './noise.js';

const KIB = 1024;

let cluster: DaemonCluster;
let client: Client;

before(async () => {
  cluster = await DaemonCluster.start(3);
  client = await connect({ metaserver: cluster.metaserver, name: 'operations test' });
  await client.mkdir('/spread', { layout: { redundancy: 'rs-2-1', segmentBytes: 64 * KIB } });
});

after(async () => {
  await client?.close();
  await cluster?.stop();
});

test('writes and reads in a set: any, all, a cancelled one among them', async () => {
  const set = client.operations();
  for (let index = 0; index < 6; index++) {
    set.start(`put ${index}`, ({ signal }) => client.putFile(`/spread/${index}`, noise(150 * KIB, index), { signal }));
  }
  const slow = set.start('a put whose source stops', ({ signal }) =>
    client.putFile(
      '/spread/never',
      (async function* () {
        yield noise(1_000, 1);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      })(),
      { signal },
    ),
  );
  for (let index = 0; index < 6; index++) assert.equal((await set.any())?.ok, true);
  assert.equal(await set.any({ timeoutMs: 1 }), undefined);
  slow.cancel();
  const [cancelled] = await set.all();
  assert.ok(cancelled !== undefined && !cancelled.ok && cancelled.error.code === 'CANCELLED');
  await assert.rejects(client.stat('/spread/never'), { code: 'NOT_FOUND' });
});

test('when too many servers are gone the outcome names them, for reads and for writes', async () => {
  const before = await client.clusterMap();
  const gone = ['host-1', 'host-3'];
  const addresses = before.servers
    .filter(({ labels }) => labels.some(({ key, value }) => key === 'host' && gone.includes(value)))
    .map(({ address }) => address)
    .sort();
  await cluster.kill(...gone);
  const set = client.operations();
  set.start('get', ({ signal }) => client.getFile('/spread/1', { signal }));
  set.start('put', ({ signal }) => client.putFile('/spread/new', noise(150 * KIB, 9), { signal }));
  const outcomes = await set.all();
  assert.equal(outcomes.length, 2);
  for (const outcome of outcomes) {
    assert.ok(!outcome.ok, `${outcome.operation.name} cannot have succeeded`);
    assert.deepEqual(outcome.servers.map(({ address }) => address).sort(), addresses, outcome.operation.name);
    for (const { code, message } of outcome.servers) {
      assert.equal(code, 'UNAVAILABLE');
      assert.ok(message.length > 0);
    }
  }
  await cluster.restart(...gone);
});
