import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Client } from '../api.js';
import { connect } from '../connect.js';
import { DaemonCluster } from './daemon-cluster.js';
import { noise } from './noise.js';

const KIB = 1024;
const MIB = 1024 * KIB;

let cluster: DaemonCluster;
let client: Client;

before(async () => {
  cluster = await DaemonCluster.start(8);
  client = await connect({ metaserver: cluster.metaserver, name: 'data test' });
  await client.mkdir('/rs', { layout: { redundancy: 'rs-4-2' } });
  await client.mkdir('/copies', { layout: { redundancy: 'copies-3' } });
  await client.mkdir('/small-segments', { layout: { redundancy: 'rs-3-1', segmentBytes: 64 * KIB } });
});

after(async () => {
  await client?.close();
  await cluster?.stop();
});

function same(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(actual.length, expected.length);
  assert.ok(Buffer.compare(actual, expected) === 0, 'the bytes differ');
}

const SIZES = [0, 1, 4096, 4097, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, MIB - 1, MIB, MIB + 1, 5 * MIB + 12_345];

for (const directory of ['/rs', '/copies', '/small-segments']) {
  test(`files of all sizes come back byte-exact from ${directory}`, async () => {
    const files = SIZES.map((size) => ({ path: `${directory}/${size}`, content: noise(size, size) }));
    for await (const outcome of client.putMany(files)) {
      assert.ok(outcome.ok, outcome.ok ? '' : String(outcome.error));
      assert.equal(outcome.result.protection, 'full');
    }
    for (const { path, content } of files) {
      same(await client.getFile(path), content);
      const pieces: Uint8Array[] = [];
      for await (const piece of client.readStream(path)) pieces.push(piece);
      same(Buffer.concat(pieces), content);
    }
  });
}

test('a file is given its time with its content, in the inode, in segments and staged', async () => {
  const modifiedNs = 1_234_567_890_123_456_789n;
  async function* pieces(count: number) {
    for (let index = 0; index < count; index++) yield noise(MIB, index);
  }
  for (const [path, content] of [
    ['/rs/timed-inline', noise(10, 1)],
    ['/rs/timed-segments', noise(2 * MIB, 2)],
    ['/rs/timed-stream', pieces(3)],
    ['/rs/timed-staged', pieces(80)],
  ] as const) {
    const { attributes } = await client.putFile(path, content, { modifiedNs });
    assert.equal(attributes.modifiedNs, modifiedNs, path);
    assert.equal((await client.stat(path)).modifiedNs, modifiedNs, path);
    assert.notEqual(attributes.createdNs, modifiedNs, path);
  }
  for (const how of ['share', 'rewrite'] as const) {
    const copied = await client.copy('/rs/timed-segments', `/rs/timed-${how}`, { how, modifiedNs: 5n });
    assert.equal(copied.attributes.modifiedNs, 5n);
  }
  await assert.rejects(client.putFile('/rs/x', noise(1, 1), { modifiedNs: -1n }), { code: 'INVALID_ARGUMENT' });
  await assert.rejects(client.copy('/rs/timed-share', '/rs/x', { modifiedNs: 2n ** 64n }), {
    code: 'INVALID_ARGUMENT',
  });
});

test('40 MiB, whole and from a stream of odd chunks', async () => {
  const content = noise(40 * MIB, 40);
  await client.putFile('/rs/big', content);
  same(await client.getFile('/rs/big'), content);
  async function* chunks() {
    for (let offset = 0, step = 1; offset < content.length; offset += step, step = (step * 7919) % 300_007) {
      yield content.subarray(offset, offset + step);
    }
  }
  await client.putFile('/small-segments/big', chunks());
  same(await client.getFile('/small-segments/big'), content);
  const extents = await client.extents('/small-segments/big');
  assert.equal(extents.length, 640);
  assert.deepEqual(
    extents.map(({ fileOffset }) => fileOffset),
    extents.map((_, index) => index * 64 * KIB),
  );
});

test('a file of more segments than one commit takes, in memory as a whole', async () => {
  const content = noise(70 * MIB, 7);
  await client.putFile('/small-segments/huge', content);
  same(await client.getFile('/small-segments/huge'), content);
});

test('ranges of an open file, also past its end', async () => {
  const content = noise(3 * MIB + 77, 3);
  await client.putFile('/rs/ranges', content);
  const file = await client.open('/rs/ranges', 'r');
  const ranges: [number, number][] = [
    [0, 1],
    [0, 4096],
    [65_535, 2],
    [MIB - 1, 2],
    [MIB, MIB],
    [100, 3 * MIB],
    [3 * MIB + 70, 100],
    [0, 10 * MIB],
    [3 * MIB + 77, 5],
    [100 * MIB, 5],
    [5, 0],
  ];
  await Promise.all(
    ranges.map(async ([offset, length]) =>
      same(await file.read(offset, length), content.subarray(offset, offset + length)),
    ),
  );
  await client.rename('/rs/ranges', '/rs/renamed');
  same(await file.read(1000, 1000), content.subarray(1000, 2000));
  await assert.rejects(file.read(-1, 5), { code: 'INVALID_ARGUMENT' });
  assert.equal((await file.stat()).bytes, content.length);
  await file.close();
  await assert.rejects(file.read(0, 1), { code: 'INVALID_ARGUMENT' });
  const part: Uint8Array[] = [];
  for await (const piece of client.readStream('/rs/renamed', { start: 1_000_000, end: 2_500_000 })) part.push(piece);
  same(Buffer.concat(part), content.subarray(1_000_000, 2_500_000));
});

test('a rename between two windows of a stream does not matter to it', async () => {
  const content = noise(70 * MIB, 70);
  await client.putFile('/small-segments/walking', content);
  const pieces: Uint8Array[] = [];
  let names = 0;
  for await (const piece of client.readStream('/small-segments/walking')) {
    if (pieces.length % 256 === 0) {
      const from = names === 0 ? '/small-segments/walking' : `/rs/walked-${names}`;
      await client.rename(from, `/rs/walked-${++names}`);
    }
    pieces.push(piece);
  }
  assert.ok(names > 3, `${names} renames`);
  same(Buffer.concat(pieces), content);
});

test('files that are put together share stripes, each whole on one chunkserver', async () => {
  const files = Array.from({ length: 64 }, (_, index) => ({
    path: `/rs/ct-${index}`,
    content: noise(300 * KIB, index),
  }));
  const before = client.counters();
  for await (const outcome of client.putMany(files)) assert.ok(outcome.ok);
  const after = client.counters();
  const stripes = after.stripesWritten - before.stripesWritten;
  const mean = (after.segmentsWritten - before.segmentsWritten) / stripes;
  assert.ok(mean > 3, `mean segments a stripe ${mean}`);
  for (const { path, content } of files) {
    const [extent, ...more] = await client.extents(path);
    assert.equal(more.length, 0);
    assert.equal(extent?.bytes, content.length);
    assert.equal(extent?.parity.length, 2);
    const servers = [extent?.shard, ...(extent?.companions ?? []), ...(extent?.parity ?? [])].map(
      (shard) => shard?.server,
    );
    assert.equal(new Set(servers).size, servers.length, 'each shard on a server of its own');
    same(await client.getFile(path), content);
  }
});

test('streams and whole files go together into a directory that is not there yet', async () => {
  await client.mkdir('/unmade', { layout: { redundancy: 'rs-4-2', segmentBytes: 256 * KIB } });
  async function* chunks(seed: number) {
    for (let chunk = 0; chunk < 40; chunk++) yield noise(MIB, seed + chunk);
  }
  const before = client.counters().segmentsWritten;
  const streams = [0, 100].map((seed) => client.putFile(`/unmade/new/${seed}`, chunks(seed), { makeParents: true }));
  const writers = [0, 1, 2].map(async (writer) => {
    for (let index = writer; index < 64; index += 3) {
      await client.putFile(`/unmade/new/whole-${index}`, noise(256 * KIB, index), { makeParents: true });
    }
  });
  await Promise.all([...streams, ...writers]);
  // None was refused by its commit and written once more.
  assert.equal(client.counters().segmentsWritten - before, 2 * 160 + 64);
  for (const seed of [0, 100]) {
    const content = await client.getFile(`/unmade/new/${seed}`);
    for (let chunk = 0; chunk < 40; chunk++) {
      same(content.subarray(chunk * MIB, (chunk + 1) * MIB), noise(MIB, seed + chunk));
    }
  }
  for (let index = 0; index < 64; index++) {
    same(await client.getFile(`/unmade/new/whole-${index}`), noise(256 * KIB, index));
  }
});

test('a lone write does not wait for company', async () => {
  await client.putFile('/rs/alone', noise(100 * KIB, 1));
  const [extent] = await client.extents('/rs/alone');
  assert.equal(extent?.dataCount, 1);
  assert.equal(extent?.parityCount, 2);
});

test('a file that is replaced reads as the new one', async () => {
  await client.putFile('/rs/again', noise(200 * KIB, 1));
  await client.putFile('/rs/again', noise(2 * MIB, 2), { replace: true });
  same(await client.getFile('/rs/again'), noise(2 * MIB, 2));
  await assert.rejects(client.putFile('/rs/again', noise(2 * MIB, 3)), { code: 'EXISTS' });
  same(await client.getFile('/rs/again'), noise(2 * MIB, 2));
});

test('the library codec writes what the kernel reads, and the other way round', async () => {
  const other = await connect({ metaserver: cluster.metaserver, codec: 'library' });
  try {
    const content = noise(6 * MIB + 5, 6);
    await other.putFile('/rs/library', content);
    same(await client.getFile('/rs/library'), content);
    same(await other.getFile('/rs/library'), content);
  } finally {
    await other.close();
  }
});

test('segment size follows the directory, also after it was changed by someone else', async () => {
  await client.mkdir('/changing', { layout: { redundancy: 'rs-4-2', segmentBytes: MIB } });
  await client.putFile('/changing/one', noise(MIB, 1));
  const other = await connect({ metaserver: cluster.metaserver });
  try {
    await other.setLayout('/changing', { redundancy: 'copies-2', segmentBytes: 128 * KIB });
  } finally {
    await other.close();
  }
  // The first client still has the old layout in its cache.
  await client.putFile('/changing/two', noise(MIB, 2));
  const extents = await client.extents('/changing/two');
  assert.equal(extents.length, 8);
  assert.equal(extents[0]?.parityCount, 1);
  same(await client.getFile('/changing/two'), noise(MIB, 2));
});

test('a put that is cancelled leaves nothing behind', async () => {
  const controller = new AbortController();
  const putting = client.putFile('/rs/cancelled', noise(20 * MIB, 9), { signal: controller.signal });
  controller.abort();
  await assert.rejects(putting, { code: 'CANCELLED' });
  await assert.rejects(client.stat('/rs/cancelled'), { code: 'NOT_FOUND' });
});

test('a stream that fails leaves nothing behind', async () => {
  async function* failing() {
    for (let chunk = 0; chunk < 50; chunk++) yield noise(MIB, chunk);
    throw new Error('cable cut');
  }
  await assert.rejects(client.putFile('/rs/failing', failing()), { code: 'CANCELLED', message: /cable cut/ });
  await assert.rejects(client.stat('/rs/failing'), { code: 'NOT_FOUND' });
});

/** Flips a bit of the file's own shard where it lies on disk. */
async function damageOnDisk(path: string, content: Uint8Array): Promise<void> {
  const [extent] = await client.extents(path);
  const host = extent?.shard.labels.find(({ key }) => key === 'host')?.value ?? '';
  const directory = join(cluster.directoryOf(host), 'log');
  for (const name of readdirSync(directory)) {
    const at = readFileSync(join(directory, name)).indexOf(content.subarray(70_000, 70_064));
    if (at < 0) continue;
    const file = openSync(join(directory, name), 'r+');
    writeSync(file, Uint8Array.of((content[70_000] as number) ^ 1), 0, 1, at);
    closeSync(file);
    return;
  }
  assert.fail(`${host} does not have the bytes of ${path}`);
}

for (const directory of ['/rs', '/copies']) {
  test(`a flipped bit on disk is noticed and read around in ${directory}`, async () => {
    // Bytes of its own: a lone file's parity shards are copies, and the other directory's must not be hit instead.
    const content = noise(300 * KIB, 77 + directory.length);
    await client.putFile(`${directory}/damaged`, content);
    await damageOnDisk(`${directory}/damaged`, content);
    const before = client.counters().corruptShards;
    // Chance and load choose among copies: until the damaged one had its turn.
    for (let round = 0; round < 200 && client.counters().corruptShards === before; round++) {
      same(await client.getFile(`${directory}/damaged`), content);
      const file = await client.open(`${directory}/damaged`, 'r');
      same(await file.read(69_990, 100), content.subarray(69_990, 70_090));
    }
    assert.ok(client.counters().corruptShards > before);
  });
}

test('the cluster counts what was written', async () => {
  const status = await client.clusterStatus();
  assert.equal(status.servers.filter(({ state }) => state === 'up').length, 8);
  assert.ok(status.files > 80);
  assert.ok(status.liveBytes > status.logicalBytes);
  assert.equal(status.repairsOwed, 0);
});
