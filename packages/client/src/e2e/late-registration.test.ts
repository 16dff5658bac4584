import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRealEnv } from '@tessera/env';
import { callMethod, clusterService, PROTOCOL_VERSION, RECEIPT_KEY_BYTES } from '@tessera/protocol';
import { DaemonCluster } from './daemon-cluster.js';

/** Where a disk's identity file has the key (docs/internals/shard-log.md). */
const RECEIPT_KEY_OFFSET = 48;
const LOOKS_MAX = 1_000;
const LOOK_MS = 20;

let cluster: DaemonCluster;
const env = createRealEnv();

before(async () => {
  cluster = await DaemonCluster.start(1);
});

after(async () => {
  env.close();
  await cluster?.stop();
});

test('a registration that arrives late puts an address back only until the next heartbeat', async () => {
  const options = { deadlineMs: 5_000 };
  const context = { protocolVersion: PROTOCOL_VERSION };
  const map = () => callMethod(env.network, cluster.metaserver, clusterService.getMap, { context }, options);
  const { clusterId, servers } = await map();
  const server = servers[0] ?? assert.fail('no server is registered');
  const identity = readFileSync(path.join(cluster.directoryOf('host-1'), 'identity'));
  // As the chunkserver's own, had it run at another port before.
  const late = {
    context: { ...context, clusterId },
    diskId: server.diskId ?? null,
    address: '127.0.0.1:9',
    labels: [{ key: 'host', value: 'host-1' }],
    receiptKey: identity.subarray(RECEIPT_KEY_OFFSET, RECEIPT_KEY_OFFSET + RECEIPT_KEY_BYTES),
    report: {},
  };
  const { server: number } = await callMethod(env.network, cluster.metaserver, clusterService.register, late, options);
  assert.equal(number, server.server, 'it is taken for the same disk');
  for (let look = 0; look < LOOKS_MAX; look++) {
    const [now] = (await map()).servers;
    if (now?.address === server.address) return;
    assert.equal(now?.address, late.address);
    await sleep(LOOK_MS);
  }
  assert.fail('the map keeps the address that nobody listens at');
});
