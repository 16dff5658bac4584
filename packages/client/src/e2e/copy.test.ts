import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '../api.js';
import { connect } from '../connect.js';
import { DaemonCluster } from './daemon-cluster.js';
import { noise } from './noise.js';

let cluster: DaemonCluster;
let client: Client;

before(async () => {
  cluster = await DaemonCluster.start(2);
  client = await connect({ metaserver: cluster.metaserver, name: 'copy test' });
  await client.mkdir('/one', { layout: { redundancy: 'copies-1', segmentBytes: 65_536 } });
  await client.mkdir('/two', { layout: { redundancy: 'copies-2' } });
});

after(async () => {
  await client?.close();
  await cluster?.stop();
});

test('a copy has the bytes of its source, without any moving, and keeps them when the source goes', async () => {
  const content = noise(3_000_000, 1);
  await client.putFile('/two/source', content);
  const before = client.counters().physicalBytesWritten;
  const { attributes, shared } = await client.copy('/two/source', '/two/copies/copy', { makeParents: true });
  assert.equal(shared, true);
  assert.equal(attributes.bytes, content.length);
  assert.equal(client.counters().physicalBytesWritten, before);
  const [source, copy] = await Promise.all([client.extents('/two/source'), client.extents('/two/copies/copy')]);
  assert.deepEqual(copy, source);
  await assert.rejects(client.copy('/two/source', '/two/copies/copy'), { code: 'EXISTS' });
  await client.remove('/two/source');
  await cluster.kill('metaserver');
  await cluster.restart('metaserver');
  assert.deepEqual(await client.getFile('/two/copies/copy'), content);
});

test('a file of many extents is copied in steps', async () => {
  const content = noise(65_536 * 1_001, 2);
  await client.putFile('/one/large', content);
  await client.setAttributes('/one/large', { mode: 0o600, uid: 3, gid: 4 });
  const { attributes, shared } = await client.copy('/one/large', '/one/large-copy');
  assert.equal(shared, true);
  assert.deepEqual([attributes.mode, attributes.uid, attributes.gid], [0o600, 3, 4]);
  await client.remove('/one/large');
  assert.ok(Buffer.from(await client.getFile('/one/large-copy')).equals(content));
});

test('where the layout asks for more than the source has, the bytes are written anew', async () => {
  const content = noise(200_000, 3);
  await client.putFile('/one/file', content);
  await client.setAttributes('/one/file', { mode: 0, uid: 7 });
  await assert.rejects(client.copy('/one/file', '/two/file', { how: 'share' }), {
    code: 'COMMIT_REFUSED',
    message: /copies-1, the layout there says copies-2/,
  });
  const { attributes, shared } = await client.copy('/one/file', '/two/file');
  assert.equal(shared, false);
  assert.deepEqual([attributes.mode, attributes.uid], [0, 7]);
  assert.equal((await client.extents('/two/file'))[0]?.parity.length, 1);
  assert.deepEqual(await client.getFile('/two/file'), content);
  // Less is asked for than there is.
  assert.equal((await client.copy('/two/file', '/one/shared')).shared, true);
  await client.putFile('/one/small', content.subarray(0, 100));
  await client.copy('/one/small', '/two/small', { how: 'rewrite' });
  assert.deepEqual(await client.getFile('/two/small'), content.subarray(0, 100));
  await assert.rejects(client.copy('/one', '/three', { how: 'rewrite' }), { code: 'IS_A_DIRECTORY' });
});

test('locations name the servers that have the bytes, for any range', async () => {
  await client.putFile('/one/located', noise(65_536 * 40 + 5, 4));
  const all = await client.locations('/one/located');
  assert.equal(all.length, 41);
  let offset = 0;
  for (const location of all) {
    assert.equal(location.offset, offset);
    assert.equal(location.servers.length, 1);
    assert.match(location.servers[0]?.labels.find(({ key }) => key === 'host')?.value ?? '', /^host-[12]$/);
    offset += location.bytes;
  }
  assert.equal(offset, 65_536 * 40 + 5);
  const part = await client.locations('/one/located', { start: 65_000, end: 131_073 });
  assert.deepEqual(
    part.map((location) => [location.offset, location.bytes]),
    [
      [65_000, 536],
      [65_536, 65_536],
      [131_072, 1],
    ],
  );
  assert.deepEqual(await client.locations('/one/located', { start: offset }), []);
  await assert.rejects(client.locations('/one/located', { start: 5, end: 4 }), { code: 'INVALID_ARGUMENT' });
  await client.putFile('/two/located', noise(100_000, 5));
  const [copies] = await client.locations('/two/located');
  assert.equal(copies?.servers.length, 2);
  assert.deepEqual(await client.locations('/one/small'), []);
  const servers = await client.servers();
  assert.deepEqual(
    servers.map(({ state }) => state),
    ['up', 'up'],
  );
  const { capacityBytes, freeBytes, serversUp } = await client.statfs();
  assert.ok(capacityBytes > 0 && freeBytes > 0);
  assert.equal(serversUp, 2);
});
