import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { readWholeFile } from '@tessera/env';
import { decodeId, encodePath, layoutToWire, PROTOCOL_VERSION, toBigInt, toLong, v1 } from '@tessera/protocol';
import { layoutOf } from './testing/cluster-fixture.js';
import { diskId, SimulatedCluster, signedSlot } from './testing/simulated-cluster.js';

const { SERVER_STATE_UP: UP, SERVER_STATE_SUSPECT: SUSPECT, SERVER_STATE_DOWN: DOWN } = v1.ServerState;

let fixture: SimulatedCluster;

beforeEach(async () => {
  fixture = new SimulatedCluster();
  await fixture.start();
});

async function registerAll(count: number): Promise<void> {
  for (let name = 1; name <= count; name++) await fixture.register(name);
}

test('a fresh disk joins and keeps its number, also when it asks again and after restarts', async () => {
  const reply = await fixture.register(1);
  assert.equal(reply.server, 1);
  assert.deepEqual(reply.clusterId, Buffer.from(fixture.clusterId));
  assert.equal(reply.heartbeatMs, 1_000);
  assert.equal((await fixture.register(2)).server, 2);
  assert.equal((await fixture.register(1)).server, 1);
  const context = fixture.context();
  assert.equal((await fixture.register(2, { context })).server, 2);
  await fixture.stop();
  await fixture.start();
  assert.equal((await fixture.register(2, { context })).server, 2);
  fixture.crash();
  await fixture.start();
  assert.equal((await fixture.register(1)).server, 1);
  assert.equal((await fixture.register(3)).server, 3);
});

test('registrations of one disk that arrive at once get one number', async () => {
  fixture.world.fabric.settings.duplicateChance = 1;
  await Promise.all([fixture.register(1), fixture.register(1), fixture.register(2)]);
  fixture.world.fabric.settings.duplicateChance = 0;
  const { servers } = await fixture.map();
  assert.equal(servers.length, 2);
});

test('a registration is refused for what is wrong with it', async () => {
  const refused = (changes: v1.RegisterRequest.$Properties, code: string, message: RegExp) =>
    assert.rejects(fixture.register(1, changes), { code, message });
  const other = fixture.context({ clusterId: new Uint8Array(16).fill(9) });
  await refused({ context: other }, 'WRONG_CLUSTER', /for cluster 0909/);
  const newer = { protocolVersion: PROTOCOL_VERSION + 1 };
  await refused({ context: newer }, 'WRONG_VERSION', /speaks protocol version 3, this metaserver 2/);
  await refused({ diskId: new Uint8Array(8) }, 'INVALID_ARGUMENT', /disk id has 8 bytes/);
  await refused({ receiptKey: new Uint8Array(16) }, 'INVALID_ARGUMENT', /receipt key has 16 bytes/);
  await refused({ address: 'somewhere' }, 'INVALID_ARGUMENT', /host:port/);
  await refused({ address: 'chunk-1:0' }, 'INVALID_ARGUMENT', /actual port/);
  await refused({ address: `${'x'.repeat(300)}:1` }, 'INVALID_ARGUMENT', /more than 256/);
  const twice = [
    { key: 'host', value: 'a' },
    { key: 'host', value: 'b' },
  ];
  await refused({ labels: twice }, 'INVALID_ARGUMENT', /same key/);
  await refused({ labels: [{ key: 'rack', value: '' }] }, 'INVALID_ARGUMENT', /'rack' has no value/);
  await refused({ labels: [{ key: '', value: 'x' }] }, 'INVALID_ARGUMENT', /label/);
  await refused({ labels: new Array(33).fill({ key: 'a', value: 'b' }) }, 'INVALID_ARGUMENT', /33 labels/);
  await refused(
    { context: fixture.context() },
    'DISK_REFUSED',
    /says it belongs to this cluster and is not registered/,
  );
  const { servers } = await fixture.map();
  assert.deepEqual(servers, []);
});

test('labels name disk and host where they were not given', async () => {
  await fixture.register(1, { labels: [{ key: 'rack', value: 'r7' }] });
  const { servers } = await fixture.map();
  assert.deepEqual(
    servers[0]?.labels?.map(({ key, value }) => `${key}=${value}`),
    ['disk=01010101010101010101010101010101', 'host=chunk-1', 'rack=r7'],
  );
});

test('any known version may be asked with', async () => {
  await fixture.register(1);
  await assert.rejects(fixture.map(toLong(2n ** 63n)), { code: 'INVALID_ARGUMENT' });
  assert.equal((await fixture.map(Number.MAX_SAFE_INTEGER)).servers.length, 1);
});

test('a server that comes back elsewhere is in the next map', async () => {
  await fixture.register(1);
  const before = await fixture.map();
  assert.equal(before.servers[0]?.address, 'chunk-1:7100');
  assert.equal(Number(before.servers[0]?.freeBytes), 900);
  const unchanged = await fixture.map(before.version);
  assert.equal(unchanged.servers.length, 0);
  assert.deepEqual(unchanged.version, before.version);
  await fixture.register(1, { address: 'chunk-1:7200', context: fixture.context() });
  const after = await fixture.map(before.version);
  assert.equal(after.servers[0]?.address, 'chunk-1:7200');
});

test('silence makes a server suspect and down, a heartbeat brings it back', async () => {
  await fixture.register(1);
  await fixture.register(2);
  const states = async () => (await fixture.map()).servers.map(({ state }) => state);
  assert.deepEqual(await states(), [UP, UP]);
  for (let second = 0; second < 4; second++) {
    await fixture.pass(1_000);
    await fixture.heartbeat(1);
  }
  assert.deepEqual(await states(), [UP, SUSPECT]);
  for (let second = 0; second < 7; second++) {
    await fixture.pass(1_000);
    await fixture.heartbeat(1);
  }
  assert.deepEqual(await states(), [UP, DOWN]);
  const status = await fixture.status();
  assert.deepEqual(status.alarms, ['chunkserver 2 (host-2, chunk-2:7100) is down']);
  await fixture.heartbeat(2);
  assert.deepEqual(await states(), [UP, UP]);
});

test('a heartbeat from a stranger is sent to register', async () => {
  await fixture.register(1);
  await assert.rejects(fixture.heartbeat(2), { code: 'NOT_FOUND', message: /register again/ });
  await assert.rejects(fixture.heartbeat(1, 7), { code: 'NOT_FOUND' });
  const noCluster = fixture.context({ clusterId: new Uint8Array() });
  await assert.rejects(fixture.heartbeat(1, 1, { context: noCluster }), { code: 'WRONG_CLUSTER' });
  const wrong = fixture.context({ clusterId: diskId(3) });
  await assert.rejects(fixture.heartbeat(1, 1, { context: wrong }), { code: 'WRONG_CLUSTER' });
});

test('a server whose address was put back by a late registration is sent to register again', async () => {
  await fixture.register(1, { address: 'chunk-1:7200' });
  await fixture.heartbeat(1, 1, { address: 'chunk-1:7200' });
  await fixture.register(1, { address: 'chunk-1:7100' });
  const lost = fixture.heartbeat(1, 1, { address: 'chunk-1:7200' });
  await assert.rejects(lost, { code: 'NOT_FOUND', message: /registered at chunk-1:7100.*register again/ });
});

test('replies carry the durable journal end, which is accepted when it comes back', async () => {
  await fixture.register(1);
  const { witness } = await fixture.heartbeat(1);
  assert.equal(witness?.era, fixture.metaserver.store.era);
  assert.equal(toBigInt(witness.lsn), fixture.metaserver.store.durable.lsn);
  assert.equal(witness.chain?.length, 32);
  await fixture.register(2);
  await fixture.heartbeat(1, 1, { witness });
  await fixture.stop();
  await fixture.start();
  await fixture.register(1, { context: fixture.context(), witness, eraSeen: witness.era ?? 0 });
  assert.deepEqual(fixture.fatal, []);
});

test('a journal that ends below what a chunkserver saw stops the metaserver, once', async () => {
  await fixture.register(1);
  const { witness } = await fixture.heartbeat(1);
  const ahead = { ...witness, lsn: toLong(toBigInt(witness?.lsn) + 10n) };
  await fixture.heartbeat(1, 1, { witness: ahead }).catch(() => {});
  await fixture.heartbeat(1, 1, { witness: ahead }).catch(() => {});
  assert.equal(fixture.fatal.length, 1);
  assert.equal(fixture.fatal[0]?.code, 'DATA_LOSS');
  assert.match(fixture.fatal[0]?.message ?? '', /acknowledged transactions are missing/);
});

test('a later era that a chunkserver saw stops the metaserver', async () => {
  await fixture.register(1);
  const { era } = fixture.metaserver.store;
  const seen = fixture.register(1, { context: fixture.context(), eraSeen: era + 1 });
  await assert.rejects(seen, { code: 'DEPOSED', message: /has seen era/ });
  assert.deepEqual(
    fixture.fatal.map(({ code }) => code),
    ['DEPOSED'],
  );
});

test('a failing journal disk stops the metaserver', async () => {
  fixture.world.faults = ({ kind, subject }) =>
    kind === 'disk.sync' && subject.includes('journal') ? { type: 'error', code: 'IO' } : undefined;
  await assert.rejects(fixture.register(1), { code: 'UNAVAILABLE' });
  assert.equal(fixture.fatal.length, 1);
  await assert.rejects(fixture.status(), { code: 'UNAVAILABLE' });
});

test('a file goes from lease over commit to its readers, and its removal is counted', async () => {
  await registerAll(6);
  await fixture.openSession();
  const layout = layoutOf('rs-2-1');
  const path = { path: encodePath('/ct/slice-1') };
  await fixture.mutate({ mkdir: { node: { path: encodePath('/ct') }, layout: layoutToWire(layout) } });
  const known = await fixture.map();
  const granted = await fixture.mutate({
    grantLease: { layout: layoutToWire(layout), pgs: 2, stripesPerPg: 4 },
  });
  const lease = granted.result.grantLease ?? assert.fail(JSON.stringify(granted.result.error));
  assert.ok(granted.mapVersion > Number(known.version), 'the reply tells that there is a newer map');
  const map = await fixture.map(known.version);
  assert.ok(Number(map.version) >= granted.mapVersion);
  const range = lease.ranges?.[0] ?? assert.fail('no range');
  const group = map.pgs.find(({ pg }) => pg === range.pg) ?? assert.fail('the map lacks the group');
  assert.equal(group.members?.length, 6);
  const pg = range.pg ?? 0;
  const stripe = decodeId(range.firstStripe);
  const slots = [700, 500, 700].map((length, slot) => {
    const server = group.members?.[slot]?.server ?? 0;
    const { durability } = layout;
    return signedSlot({ pg, stripe, slot, position: slot, length, root: 5n + BigInt(slot), server, durability });
  });
  const target = { data: 2, parity: 1 };
  const id = { pg, stripe: range.firstStripe ?? null };
  const write = { ...id, lease: lease.lease ?? null, dataCount: 2, parityCount: 1, slots, target };
  const put = await fixture.mutate({
    putFile: {
      node: path,
      bytes: 1_200,
      extents: [
        { ...id, fileOffset: 0, length: 700, slot: 0 },
        { ...id, fileOffset: 700, length: 500, slot: 1 },
      ],
      stripes: [write],
    },
  });
  assert.equal(put.result.error ?? undefined, undefined);

  fixture.crash();
  await fixture.start();
  const result = await fixture.read({ resolve: { node: path } });
  assert.equal(result.error ?? undefined, undefined);
  assert.equal(result.resolve?.stripes?.length, 1);
  assert.deepEqual(
    result.resolve?.extents?.map(({ fileOffset, slot }) => [Number(fileOffset), slot]),
    [
      [0, 0],
      [700, 1],
    ],
  );
  const status = await fixture.status();
  assert.deepEqual(
    [status.files, status.logicalBytes, status.liveBytes, status.deadBytes, status.stripes, status.pgs].map(Number),
    [1, 1_200, 1_900, 0, 1, 64],
  );
  assert.equal(status.pgsDegraded, 64, 'nobody was heard of since the restart');
  for (let name = 1; name <= 6; name++) await fixture.heartbeat(name);
  assert.equal((await fixture.status()).pgsDegraded, 0);

  const holder = slots[2]?.server ?? 0;
  await fixture.heartbeat(holder, holder, {
    report: { doubtful: [{ pg, stripe: range.firstStripe ?? null, slot: 2 }] },
  });
  assert.equal(Number((await fixture.status()).repairsOwed), 1);

  await fixture.mutate({ remove: { node: path } });
  await fixture.pass(2_000);
  const removed = await fixture.status();
  assert.deepEqual(
    [removed.files, removed.logicalBytes, removed.liveBytes, removed.deadBytes, removed.stripes].map(Number),
    [0, 0, 0, 1_900, 0],
  );
  assert.equal(Number(removed.repairsOwed), 0);
  assert.equal(removed.leases, 1);
  await fixture.pass(70_000);
  assert.equal((await fixture.status()).leases, 0);
});

test('a layout that the cluster cannot satisfy is refused with counts', async () => {
  await registerAll(2);
  await fixture.openSession();
  const { result } = await fixture.mutate({
    mkdir: { node: { path: encodePath('/ct') }, layout: layoutToWire(layoutOf('rs-4-2')) },
  });
  assert.equal(result.error?.code, 'LAYOUT_UNSATISFIABLE');
  assert.match(result.error?.message ?? '', /needs 6 host domains; 2 are registered/);
});

test('map versions grow over restarts', async () => {
  await fixture.register(1);
  const before = await fixture.map();
  await fixture.stop();
  await fixture.start();
  const after = await fixture.map(before.version);
  assert.ok(Number(after.version) > Number(before.version));
  assert.equal(after.servers[0]?.state, SUSPECT);
  assert.equal(after.servers[0]?.address, 'chunk-1:7100');
});

test('a new directory outlives a power loss wherever it was made', async () => {
  for (const directory of ['meta', '/meta', 'a/b/meta', '/a/b/meta', './meta']) {
    for (let seed = 0; seed < 8; seed++) {
      const cluster = new SimulatedCluster(`${directory} ${seed}`);
      await cluster.start({ directory });
      await cluster.register(1);
      await cluster.register(2);
      const id = cluster.clusterId;
      cluster.crash();
      await cluster.start({ directory });
      assert.deepEqual(cluster.clusterId, id);
      assert.equal((await cluster.map()).servers.length, 2);
    }
  }
});

test('a directory that lost its journal is refused, one that lost its mark is not', async () => {
  const id = fixture.clusterId;
  await fixture.stop();
  await fixture.world.drive(fixture.disk.remove('meta/format.json'));
  await fixture.start();
  assert.deepEqual(fixture.clusterId, id);
  await fixture.stop();
  const { disk, world } = fixture;
  for (const name of await world.drive(disk.list('meta/journal')))
    await world.drive(disk.remove(`meta/journal/${name}`));
  await assert.rejects(fixture.start(), { code: 'CORRUPT', message: /found no journal/ });
  await world.drive(disk.remove('meta/view.mark'));
  await assert.rejects(fixture.start(), { code: 'DATA_LOSS' });
});

test('a mark of another cluster is refused, and a damaged one is called damaged', async () => {
  const other = new SimulatedCluster('other');
  await other.start();
  const foreign = await other.world.drive(readWholeFile(other.disk, 'meta/format.json', 4_096));
  const own = new TextDecoder().decode(
    await fixture.world.drive(readWholeFile(fixture.disk, 'meta/format.json', 4_096)),
  );
  await fixture.stop();
  const mark = JSON.stringify({ role: 'metaserver', version: 1, clusterId: '0'.repeat(32), checksum: '0' });
  const write = async (text: string) => {
    await fixture.disk.remove('meta/format.json');
    const file = await fixture.disk.open('meta/format.json', 'create');
    file.writeSync([new TextEncoder().encode(text)], 0);
    await file.close();
  };
  for (const [text, code] of [
    [new TextDecoder().decode(foreign), 'DISK_REFUSED'],
    [mark, 'CORRUPT'],
    ['{', 'CORRUPT'],
    ['7', 'CORRUPT'],
    ['{"role":"chunkserver"}', 'DISK_REFUSED'],
    ['{"role":"metaserver","version":2}', 'WRONG_VERSION'],
    [own.replace('metaserver', 'metase2ver'), 'CORRUPT'],
    [own.replace('"version": 1', '"version": 3'), 'CORRUPT'],
  ] as const) {
    await fixture.world.drive(write(text));
    await assert.rejects(fixture.start(), { code });
  }
});
