// A test of your own program against real processes: run it with node --test.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { type Client, connect } from '@tessera/client';
import { startLocalCluster, type TestCluster } from '@tessera/client/testing';

let cluster: TestCluster;
let client: Client;

before(async () => {
  cluster = await startLocalCluster({ chunkservers: 3 }); // in a temporary directory, on free ports
  client = await connect({ metaserver: cluster.metaserver });
});

after(async () => {
  await client?.close();
  await cluster?.stop();
});

it('keeps an image when a server dies', async () => {
  await client.mkdir('/safe', { layout: { redundancy: 'copies-2' } });
  const image = new Uint8Array(100_000).fill(5);
  await client.putFile('/safe/image', image);
  await cluster.kill('chunkserver-1');
  assert.deepEqual(await client.getFile('/safe/image'), image);
});
