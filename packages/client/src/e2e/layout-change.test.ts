import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '../api.js';
import { connect } from '../connect.js';
import type { DirectoryLayout } from '../layout-api.js';
import type { Content } from '../put/api.js';
import { DaemonCluster } from './daemon-cluster.js';
import { noise } from './noise.js';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Longer than what a stream may hold: it is staged. */
const LONG_BYTES = 40 * MIB + 77;

let cluster: DaemonCluster;
let client: Client;
let admin: Client;

before(async () => {
  cluster = await DaemonCluster.start(4);
  client = await connect({ metaserver: cluster.metaserver, name: 'writer' });
  admin = await connect({ metaserver: cluster.metaserver, name: 'admin' });
});

after(async () => {
  await client?.close();
  await admin?.close();
  await cluster?.stop();
});

async function* inChunks(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 300_007) yield content.subarray(at, at + 300_007);
}

/** Stripes that a put into `directory` writes, whose layout `change` has changed since the client looked, if at all. */
async function stripesOfPut(directory: string, content: Content, bytes: Uint8Array, change?: Partial<DirectoryLayout>) {
  await client.putFile(`${directory}/before`, noise(10 * KIB, 1), { replace: true });
  if (change !== undefined) await admin.setLayout(directory, change);
  const { stripesWritten } = client.counters();
  await client.putFile(`${directory}/file`, content, { replace: true });
  assert.ok(Buffer.compare(await client.getFile(`${directory}/file`), bytes) === 0, 'the bytes differ');
  return client.counters().stripesWritten - stripesWritten;
}

const WRITTEN: Partial<DirectoryLayout> = { redundancy: 'copies-2', durability: 'written' };
const SYNCED: Partial<DirectoryLayout> = { redundancy: 'copies-2', durability: 'synced' };

const CONTENTS: [string, number, (bytes: Uint8Array) => Content][] = [
  ['content in memory', 100 * KIB, (bytes) => bytes],
  ['a stream', 2 * MIB + 5, inChunks],
  ['a stream that is staged', LONG_BYTES, inChunks],
];

for (const [index, [what, length, contentOf]] of CONTENTS.entries()) {
  test(`${what} for a directory that is synced by now is not stored unsynced, and its writer need not care`, async () => {
    const directory = `/synced-${index}`;
    const bytes = noise(length, index);
    await client.mkdir(directory, { layout: WRITTEN });
    const usual = await stripesOfPut(directory, contentOf(bytes), bytes);
    assert.equal(usual, Math.ceil(length / MIB), 'a layout that says written takes it as it is');
    const synced = await stripesOfPut(directory, contentOf(bytes), bytes, SYNCED);
    // What was written without a sync is refused and written anew; a staged file knows after its first piece.
    assert.ok(synced > usual && synced <= 2 * usual, `${synced} stripes instead of ${usual}`);
    assert.equal(await stripesOfPut(directory, contentOf(bytes), bytes), usual);
  });

  test(`${what} for a directory of other segments and redundancy by now is cut anew`, async () => {
    const directory = `/other-${index}`;
    const bytes = noise(length, 10 + index);
    await client.mkdir(directory, { layout: { redundancy: 'copies-2', segmentBytes: MIB } });
    await stripesOfPut(directory, contentOf(bytes), bytes, { redundancy: 'rs-2-1', segmentBytes: 64 * KIB });
    const extents = await client.extents(`${directory}/file`);
    assert.deepEqual(
      extents.map(({ bytes: extentBytes }) => extentBytes <= 64 * KIB),
      extents.map(() => true),
    );
    assert.ok(extents.every(({ parityCount }) => parityCount === 1));
  });
}

test('a directory that another client makes with a layout of its own meanwhile', async () => {
  await client.mkdir('/late', { layout: { redundancy: 'copies-1' } });
  await client.putFile('/late/before', noise(10 * KIB, 1));
  const content = noise(3 * MIB, 3);
  // The client knows the layout that the directory would have.
  await client.putFile('/late/sub/first', content, { makeParents: true });
  await admin.remove('/late/sub', { recursive: true });
  await admin.mkdir('/late/sub', { layout: { redundancy: 'copies-3' } });
  await client.putFile('/late/sub/second', inChunks(content), { makeParents: true });
  const extents = await client.extents('/late/sub/second');
  assert.ok(extents.every(({ parityCount }) => parityCount === 2));
  assert.ok(Buffer.compare(await client.getFile('/late/sub/second'), content) === 0);
});

for (const [what, contentOf] of [
  ['content in memory', (bytes: Uint8Array): Content => bytes],
  ['a stream', inChunks],
] as const) {
  test(`${what} that files of the directory keep no more in their inodes goes into segments`, async () => {
    const directory = `/no-more-inline-${what.length}`;
    const bytes = noise(1_000, 9);
    await client.mkdir(directory, { layout: { redundancy: 'copies-2' } });
    assert.equal(await stripesOfPut(directory, contentOf(bytes), bytes), 0, 'it lies in the inode');
    const stripes = await stripesOfPut(directory, contentOf(bytes), bytes, { redundancy: 'copies-2', inlineBytes: 0 });
    assert.equal(stripes, 1);
  });
}
