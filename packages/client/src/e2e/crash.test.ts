import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { Client } from '../api.js';
import type { ShardPlace } from '../cluster/api.js';
import { connect } from '../connect.js';
import type { PutOutcome } from '../many/api.js';
import { DaemonCluster } from './daemon-cluster.js';
import { noise } from './noise.js';

const KIB = 1024;

let cluster: DaemonCluster;
let client: Client;

before(async () => {
  cluster = await DaemonCluster.start(8);
});

after(async () => {
  await cluster?.stop();
});

// A client that has seen nothing yet; each test leaves all daemons running.
beforeEach(async () => {
  client = await connect({ metaserver: cluster.metaserver, name: 'crash test' });
  await client.mkdir('/rs', { parents: true, layout: { redundancy: 'rs-4-2' } });
});

afterEach(async () => {
  await client?.close();
});

interface TestFile {
  path: string;
  content: Uint8Array;
}

function makeFiles(name: string, count: number, bytes: number): TestFile[] {
  return Array.from({ length: count }, (_, index) => ({
    path: `/rs/${name}-${index}`,
    content: noise(bytes + index, index + 1),
  }));
}

/** Puts all, calling `midway` once a third of them is done. */
async function putAll(files: TestFile[], midway: () => Promise<void> = async () => {}): Promise<PutOutcome[]> {
  const outcomes: PutOutcome[] = [];
  let interrupted: Promise<void> | undefined;
  for await (const outcome of client.putMany(files)) {
    outcomes.push(outcome);
    if (outcomes.length >= files.length / 3) interrupted ??= midway();
  }
  await interrupted;
  return outcomes;
}

function assertAllOk(outcomes: readonly { ok: boolean; error?: Error }[]): void {
  for (const outcome of outcomes) if (!outcome.ok) throw outcome.error;
}

async function assertExact(files: readonly TestFile[]): Promise<void> {
  const contents = new Map(files.map(({ path, content }) => [path, content]));
  for await (const outcome of client.getMany(contents.keys())) {
    if (!outcome.ok) throw outcome.error;
    const expected = contents.get(outcome.path as string) as Uint8Array;
    assert.ok(Buffer.compare(outcome.content, expected) === 0, `${outcome.path} differs`);
    contents.delete(outcome.path as string);
  }
  assert.equal(contents.size, 0);
}

function hostOf({ labels }: ShardPlace): string {
  return labels.find(({ key }) => key === 'host')?.value ?? '';
}

test('two of eight chunkservers die during a put of 1,000 files and during a get', async () => {
  const files = makeFiles('kill', 1000, 20 * KIB);
  const outcomes = await putAll(files, () => cluster.kill('host-2', 'host-7'));
  assertAllOk(outcomes as never);
  for (const outcome of outcomes) assert.equal(outcome.ok && outcome.result.protection, 'full');
  await assertExact(files);
  assert.ok(client.counters().degradedReads > 0);
  await cluster.restart('host-2', 'host-7');
  await assertExact(files);
  let seen = 0;
  let killed: Promise<void> | undefined;
  for await (const outcome of client.getMany(files.map(({ path }) => path))) {
    assertAllOk([outcome as never]);
    if (++seen === 200) killed = cluster.kill('host-1', 'host-5');
  }
  await killed;
  await assertExact(files);
  await cluster.restart('host-1', 'host-5');
});

test('with four of eight dead puts say that they are narrowed, and what cannot be read names the missing', async () => {
  const earlier = makeFiles('before', 60, 100 * KIB);
  assertAllOk((await putAll(earlier)) as never);
  const dead = ['host-1', 'host-3', 'host-4', 'host-8'];
  await cluster.kill(...dead);
  const during = makeFiles('during', 60, 100 * KIB);
  const outcomes = await putAll(during);
  assertAllOk(outcomes as never);
  for (const outcome of outcomes.slice(20)) {
    assert.ok(outcome.ok);
    assert.equal(outcome.result.protection, 'narrowed');
    assert.match(outcome.result.detail ?? '', /host-3/);
  }
  await assertExact(during);
  await Promise.all(
    earlier.map(async ({ path, content }) => {
      const [extent] = await client.extents(path);
      assert.ok(extent !== undefined);
      const shards = [extent.shard, ...extent.companions, ...extent.parity];
      const lost = shards.filter((shard) => dead.includes(hostOf(shard)));
      const readable = !lost.includes(extent.shard) || lost.length <= 2;
      const outcome = await client.getFile(path).catch((thrown) => thrown);
      if (readable) {
        assert.ok(outcome instanceof Uint8Array && Buffer.compare(outcome, content) === 0, `${path}: ${outcome}`);
      } else {
        assert.equal(outcome.code, 'UNAVAILABLE');
        for (const shard of lost) assert.match(outcome.message, new RegExp(hostOf(shard)));
      }
    }),
  );
  await cluster.restart(...dead);
  await assertExact([...earlier, ...during]);
});

test('with six of eight dead a put is degraded, with seven it fails and says what is missing', async () => {
  await putAll(makeFiles('first', 1, 100 * KIB));
  const { repairsOwed } = await client.clusterStatus();
  const hosts = Array.from({ length: 8 }, (_, index) => `host-${index + 1}`);
  await cluster.kill(...hosts.slice(0, 6));
  const { protection, detail } = await client.putFile('/rs/degraded', noise(100 * KIB, 1));
  assert.equal(protection, 'degraded');
  assert.match(detail ?? '', /host-6/);
  assert.ok(Buffer.compare(await client.getFile('/rs/degraded'), noise(100 * KIB, 1)) === 0);
  assert.equal((await client.clusterStatus()).repairsOwed, repairsOwed + 1);
  await cluster.kill('host-7');
  const error = await client.putFile('/rs/impossible', noise(100 * KIB, 2)).catch((thrown) => thrown);
  assert.equal(error.code, 'NOT_ENOUGH_SERVERS');
  for (const host of hosts.slice(0, 7)) assert.match(error.message, new RegExp(host));
  await assert.rejects(client.stat('/rs/impossible'), { code: 'NOT_FOUND' });
  await cluster.restart(...hosts.slice(0, 7));
  await client.putFile('/rs/possible', noise(100 * KIB, 3));
});

test('a chunkserver that comes back at another address is found', async () => {
  const files = makeFiles('moving', 24, 100 * KIB);
  assertAllOk((await putAll(files)) as never);
  for (const host of ['host-1', 'host-2', 'host-3', 'host-4', 'host-5']) {
    await cluster.kill(host);
    await cluster.restartElsewhere(host);
  }
  await assertExact(files);
});

test('a chunkserver that hangs does not hang its readers', async () => {
  const files = makeFiles('hanging', 48, 100 * KIB);
  assertAllOk((await putAll(files)) as never);
  await assertExact(files);
  cluster.freeze('host-6');
  await assertExact(files);
  assert.ok(client.counters().hedges > 0);
  cluster.thaw('host-6');
});
