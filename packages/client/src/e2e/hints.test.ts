import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client, ConnectOptions } from '../api.js';
import { connect } from '../connect.js';
import type { Hints } from '../hints/hints.js';
import { DaemonCluster } from './daemon-cluster.js';
import { noise } from './noise.js';

const KIB = 1024;
const MIB = 1024 * KIB;

let cluster: DaemonCluster;
let plain: Client;

before(async () => {
  cluster = await DaemonCluster.start(4);
  plain = await connect({ metaserver: cluster.metaserver });
  await plain.mkdir('/d', { layout: { redundancy: 'copies-2', segmentBytes: 256 * KIB } });
});

after(async () => {
  await plain?.close();
  await cluster?.stop();
});

async function connected(options: Omit<ConnectOptions, 'metaserver'>, use: (client: Client) => Promise<void>) {
  const client = await connect({ metaserver: cluster.metaserver, ...options });
  try {
    await use(client);
  } finally {
    await client.close();
  }
}

/** Longest segment, and parity shards, as the file has them, of one code in all. */
async function shapeOf(path: string): Promise<[number, number]> {
  const extents = await plain.extents(path);
  assert.equal(new Set(extents.map(({ parityCount }) => parityCount)).size, 1);
  return [Math.max(...extents.map(({ bytes }) => bytes)), extents[0]?.parityCount ?? -1];
}

test('a call’s hints go before the client’s, those before the environment’s, those before the directory’s layout', async () => {
  const environment = { TESSERA_HINTS: 'redundancy=copies-3 segment-bytes=128K server-order=in-order' };
  await connected({ environment, hints: { segmentBytes: 64 * KIB } }, async (client) => {
    const content = noise(500 * KIB, 1);
    await client.putFile('/d/one', content, { hints: { redundancy: 'copies-1' } });
    assert.deepEqual(await shapeOf('/d/one'), [64 * KIB, 0]);
    const { own, effective } = await plain.getLayout('/d/one');
    assert.deepEqual(own, { redundancy: 'copies-1', segmentBytes: 64 * KIB, serverOrder: 'in-order' });
    assert.equal(effective.mixing, 'directory');
    await client.putFile('/d/two', content);
    assert.deepEqual(await shapeOf('/d/two'), [64 * KIB, 2]);
    for await (const { ok } of client.putMany([{ path: '/d/many', content, hints: { segmentBytes: 128 * KIB } }])) {
      assert.ok(ok);
    }
    assert.deepEqual(await shapeOf('/d/many'), [128 * KIB, 2]);
    for (const path of ['/d/one', '/d/two', '/d/many']) assert.deepEqual(await plain.getFile(path), content);
  });
  await plain.putFile('/d/none', noise(500 * KIB, 2));
  assert.deepEqual(await shapeOf('/d/none'), [256 * KIB, 1]);
  assert.deepEqual((await plain.getLayout('/d/none')).own, {});
});

test('a file keeps its hints: whoever opens it later writes by them', async () => {
  const hints: Hints = { redundancy: 'copies-3', segmentBytes: 64 * KIB };
  const made = await plain.open('/d/kept', 'wx', { hints });
  await made.write(0, noise(200 * KIB, 3));
  await made.close();
  assert.deepEqual(await shapeOf('/d/kept'), [64 * KIB, 2]);
  await plain.mkdir('/e', { layout: { redundancy: 'copies-1' } });
  await plain.rename('/d/kept', '/e/kept');
  await connected({}, async (other) => {
    const opened = await other.open('/e/kept', 'r+', { hints: { redundancy: 'copies-1' } });
    await opened.write(0, noise(300 * KIB, 4));
    await opened.append(noise(100 * KIB, 5));
    await opened.close();
    assert.deepEqual(await shapeOf('/e/kept'), [64 * KIB, 2]);
    const content = Buffer.concat([noise(300 * KIB, 4), noise(100 * KIB, 5)]);
    assert.ok(content.equals(await other.getFile('/e/kept')));
  });
});

test('a stream so long that it is staged has them too', async () => {
  const content = noise(36 * MIB, 6);
  async function* chunks() {
    for (let at = 0; at < content.length; at += MIB) yield content.subarray(at, at + MIB);
  }
  await plain.putFile('/d/long', chunks(), { hints: { redundancy: 'copies-1', segmentBytes: 2 * MIB } });
  assert.deepEqual(await shapeOf('/d/long'), [2 * MIB, 0]);
  assert.deepEqual((await plain.getLayout('/d/long')).own, { redundancy: 'copies-1', segmentBytes: 2 * MIB });
  assert.ok(Buffer.compare(await plain.getFile('/d/long'), content) === 0);
});

test('hints for servers: the file lies there', async () => {
  await plain.putFile('/d/listed', noise(MIB, 7), { hints: { segmentBytes: 64 * KIB, servers: [4, 2, 3] } });
  const servers = (await plain.extents('/d/listed')).map(({ shard }) => shard.server);
  assert.deepEqual(
    servers,
    Array.from({ length: 16 }, (_, segment) => [4, 2, 3][segment % 3]),
  );
});

test('what cannot be is refused: unknown hints at once, others before anything is stored', async () => {
  const metaserver = cluster.metaserver;
  const bad = connect({ metaserver, environment: { TESSERA_HINTS: 'widht=3' } });
  await assert.rejects(bad, { code: 'INVALID_ARGUMENT', message: /TESSERA_HINTS: 'widht' is unknown; known: / });
  const unknown = connect({ metaserver, hints: { colour: 'red' } as Hints });
  await assert.rejects(unknown, { code: 'INVALID_ARGUMENT', message: /hint 'colour' is unknown/ });
  const refuse = async (hints: Hints, code: string, message: RegExp) => {
    for (const bytes of [10, 300 * KIB]) {
      await assert.rejects(plain.putFile('/d/refused', noise(bytes, 8), { hints }), { code, message });
    }
    await assert.rejects(plain.open('/d/refused', 'w', { hints }), { code, message });
    await assert.rejects(plain.stat('/d/refused'), { code: 'NOT_FOUND' });
  };
  await refuse({ servers: [1, 17] }, 'LAYOUT_UNSATISFIABLE', /server 17 is not registered; there are 1, 2, 3, 4/);
  await refuse({ redundancy: 'rs-4-2' }, 'LAYOUT_UNSATISFIABLE', /needs 6 host domains; 4 are registered/);
  await refuse({ width: 5 }, 'LAYOUT_UNSATISFIABLE', /width is 5, but a placement group has 4 here/);
  await refuse({ segmentBytes: 1000 }, 'INVALID_LAYOUT', /segmentBytes is 1000/);
  await refuse({ serverOrder: 'list' }, 'INVALID_LAYOUT', /no servers are listed/);
});

test('hints of a file that is there can be changed: what is written from then on goes by them, open handles too', async () => {
  const content = noise(MIB, 9);
  await plain.putFile('/d/changing', content);
  const handle = await plain.open('/d/changing', 'r+');
  assert.equal((await plain.setLayout('/d/changing', { redundancy: 'copies-3' })).redundancy, 'copies-3');
  assert.deepEqual(await shapeOf('/d/changing'), [256 * KIB, 1], 'what is there stays');
  const part = noise(300 * KIB, 10);
  await handle.write(0, part);
  await handle.close();
  content.set(part);
  const parities = (await plain.extents('/d/changing')).map(({ fileOffset, parityCount }) => [fileOffset, parityCount]);
  assert.deepEqual(parities.slice(0, 3), [
    [0, 2],
    [256 * KIB, 2],
    [300 * KIB, 1],
  ]);
  assert.ok(Buffer.compare(await plain.getFile('/d/changing'), content) === 0);
  // Smaller segments, for a handle that has larger ones in the making.
  const open = await plain.open('/d/changing', 'r+');
  await open.write(0, content);
  await plain.setLayout('/d/changing', { segmentBytes: 64 * KIB });
  await open.close();
  assert.deepEqual(await shapeOf('/d/changing'), [64 * KIB, 1]);
  assert.ok(Buffer.compare(await plain.getFile('/d/changing'), content) === 0);
  await plain.setLayout('/d/changing', {});
  assert.deepEqual((await plain.getLayout('/d/changing')).own, {});
});

test('touch makes files with hints', async () => {
  const { created } = await plain.touch('/d/touched', { hints: { redundancy: 'copies-3' } });
  assert.ok(created);
  assert.ok(!(await plain.touch('/d/touched', { hints: { redundancy: 'copies-1' } })).created);
  assert.deepEqual((await plain.getLayout('/d/touched')).own, { redundancy: 'copies-3' });
  await connected({ hints: { segmentBytes: 64 * KIB } }, async (client) => {
    await client.touch('/d/touched too');
  });
  assert.deepEqual((await plain.getLayout('/d/touched too')).own, { segmentBytes: 64 * KIB });
});
