import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../api.js';
import type { ExtentInfo, PlacementGroupInfo } from '../cluster/api.js';
import { connect } from '../connect.js';
import { distribute, parseDistribution, preferredServer } from '../distribution/index.js';
import type { DirectoryLayout } from '../layout-api.js';
import { DaemonCluster } from './daemon-cluster.js';
import { noise } from './noise.js';

const SERVERS = 6;
const SEGMENT_BYTES = 65_536;
/** 24 segments, the last one short. */
const FILE_BYTES = 24 * SEGMENT_BYTES - 1_000;
const RETURN_ATTEMPTS_MAX = 600;

const COPIES: Partial<DirectoryLayout> = { redundancy: 'copies-2', segmentBytes: SEGMENT_BYTES };

let cluster: DaemonCluster;
let client: Client;

before(async () => {
  cluster = await DaemonCluster.start(SERVERS);
  client = await connect({ metaserver: cluster.metaserver, name: 'distributions' });
});

after(async () => {
  await client?.close();
  await cluster?.stop();
});

/** The servers of the group that holds the whole file, by number. */
async function groupServers(extents: readonly ExtentInfo[]): Promise<number[]> {
  const pgs = new Set(extents.map(({ pg }) => pg));
  assert.equal(pgs.size, 1, 'a file keeps to one placement group');
  const groups = new Map((await client.clusterMap()).pgs.map((group) => [group.pg, group]));
  const { members } = groups.get([...pgs][0] as number) as PlacementGroupInfo;
  return members.map(({ server }) => server).sort((a, b) => a - b);
}

/** The server for each extent as the mapping alone says, over these servers. */
function mapped(text: string, servers: readonly number[], extents: readonly ExtentInfo[]): (number | undefined)[] {
  const over = distribute(parseDistribution(text), { servers: servers.length, segmentBytes: SEGMENT_BYTES });
  return extents.map(({ fileOffset, bytes }) => servers[preferredServer(over, fileOffset, bytes)]);
}

const lying = (extents: readonly ExtentInfo[]) => extents.map(({ shard }) => shard.server);

async function stored(path: string, content: Uint8Array): Promise<ExtentInfo[]> {
  assert.ok(Buffer.compare(await client.getFile(path), content) === 0, `${path} reads back as it was written`);
  return client.extents(path);
}

const DISTRIBUTIONS = [
  'basic',
  'simple_stripe',
  'simple_stripe:strip_size=192K',
  'twod_stripe:num_groups=2,strip_size=64K,group_strip_factor=2',
  'varstrip:strips=0:128K;2:64K;1:90000',
];

for (const [index, text] of DISTRIBUTIONS.entries()) {
  test(`files under ${text} lie on the servers that the mapping says`, async () => {
    const directory = `/distribution-${index}`;
    await client.mkdir(directory, { layout: { ...COPIES, distribution: text, serverOrder: 'in-order' } });
    const content = noise(FILE_BYTES, index);
    await client.putFile(`${directory}/put`, content);
    const put = await stored(`${directory}/put`, content);
    assert.equal(put.length, 24);
    assert.deepEqual(lying(put), mapped(text, await groupServers(put), put));

    const handle = await client.open(`${directory}/written`, 'w');
    for (let at = 0; at < content.length; at += 100_000) await handle.write(at, content.subarray(at, at + 100_000));
    await handle.close();
    const written = await stored(`${directory}/written`, content);
    assert.deepEqual(lying(written), mapped(text, await groupServers(written), written));
  });
}

test('two clients that write parts of one file by offset keep to the same group and servers', async () => {
  const layout = { ...COPIES, distribution: 'simple_stripe', serverOrder: 'round-robin' } as const;
  await client.mkdir('/shared', { layout });
  const other = await connect({ metaserver: cluster.metaserver, name: 'other' });
  try {
    const content = noise(FILE_BYTES, 9);
    await (await client.open('/shared/file', 'w')).close();
    const handles = [await client.open('/shared/file', 'r+'), await other.open('/shared/file', 'r+')] as const;
    for (let segment = 0; segment < 24; segment++) {
      const at = segment * SEGMENT_BYTES;
      await handles[segment < 12 ? 0 : 1].write(at, content.subarray(at, at + SEGMENT_BYTES));
    }
    await Promise.all(handles.map((handle) => handle.close()));
    const extents = await stored('/shared/file', content);
    const servers = await groupServers(extents);
    const start = servers.indexOf(extents[0]?.shard.server as number);
    assert.deepEqual(
      lying(extents),
      mapped('simple_stripe', [...servers.slice(start), ...servers.slice(0, start)], extents),
    );
  } finally {
    await other.close();
  }
});

test('coded stripes of a listed window lie on it, their parity elsewhere', async () => {
  const servers = [5, 2, 6, 1];
  const layout: Partial<DirectoryLayout> = { redundancy: 'rs-4-2', segmentBytes: SEGMENT_BYTES, servers };
  await client.mkdir('/listed', { layout });
  const content = noise(FILE_BYTES, 11);
  await client.putFile('/listed/file', content);
  const extents = await stored('/listed/file', content);
  assert.deepEqual(lying(extents), mapped('simple_stripe', servers, extents));
  for (const { parity } of extents) assert.deepEqual(parity.map(({ server }) => server).sort(), [3, 4]);
  const unheard = client.setLayout('/listed', { ...layout, servers: [1, 9] });
  await assert.rejects(unheard, {
    code: 'LAYOUT_UNSATISFIABLE',
    message: /server 9 is not registered; there are 1, 2/,
  });
});

test('local files begin on the writer’s host', async () => {
  await client.mkdir('/local', { layout: { ...COPIES, serverOrder: 'local' } });
  const near = await connect({ metaserver: cluster.metaserver, hostNames: ['host-4'] });
  const far = await connect({ metaserver: cluster.metaserver, hostNames: ['desk'] });
  try {
    await near.putFile('/local/file', noise(FILE_BYTES, 12));
    for (const { shard } of await near.extents('/local/file')) {
      assert.ok(shard.labels.some(({ key, value }) => key === 'host' && value === 'host-4'));
    }
    const refused = far.putFile('/local/refused', noise(FILE_BYTES, 13));
    await assert.rejects(refused, {
      code: 'LAYOUT_UNSATISFIABLE',
      message: /no chunkserver stands on this host.* desk/,
    });
  } finally {
    await near.close();
    await far.close();
  }
});

test('a preferred server that is killed costs nothing but the preference, until it is back', async () => {
  const basic: Partial<DirectoryLayout> = { ...COPIES, distribution: 'basic' };
  await client.mkdir('/preferred', { layout: basic });
  const [at] = (await client.clusterMap()).servers.filter(({ labels }) =>
    labels.some(({ value }) => value === 'host-3'),
  );
  const startServer = at?.server as number;
  await client.setLayout('/preferred', { ...basic, startServer });
  const content = noise(FILE_BYTES, 14);
  await client.putFile('/preferred/before', content);
  assert.deepEqual(new Set(lying(await stored('/preferred/before', content))), new Set([startServer]));

  await cluster.kill('host-3');
  const { protection } = await client.putFile('/preferred/meanwhile', content);
  assert.equal(protection, 'full');
  const meanwhile = lying(await stored('/preferred/meanwhile', content));
  assert.ok(!meanwhile.includes(startServer));
  await stored('/preferred/before', content);

  await cluster.restart('host-3');
  await stored('/preferred/meanwhile', content);
  // The client believes it again once it has answered a probe.
  for (let attempt = 0; ; attempt++) {
    await client.putFile('/preferred/again', content, { replace: true });
    const again = new Set(lying(await stored('/preferred/again', content)));
    if (again.size === 1 && again.has(startServer)) break;
    assert.ok(attempt < RETURN_ATTEMPTS_MAX, `it lies on ${[...again].join(', ')}`);
    await sleep(50);
  }
});
