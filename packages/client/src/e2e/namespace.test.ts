import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TesseraError } from '@tessera/protocol';
import type { Client } from '../api.js';
import { connect } from '../connect.js';
import type { Entry } from '../node-api.js';
import { DaemonCluster } from './daemon-cluster.js';

let cluster: DaemonCluster;
let client: Client;

before(async () => {
  cluster = await DaemonCluster.start(0);
  client = await connect({ metaserver: cluster.metaserver, name: 'namespace test' });
});

after(async () => {
  await client?.close();
  await cluster?.stop();
});

async function all(entries: AsyncIterable<Entry>): Promise<Entry[]> {
  const list: Entry[] = [];
  for await (const entry of entries) list.push(entry);
  return list;
}

const bytes = (text: string) => new TextEncoder().encode(text);

test('small files live inline and come back as they were', async () => {
  for (const length of [0, 1, 100, 4095, 4096]) {
    const content = new Uint8Array(length).fill(length);
    const { attributes, protection } = await client.putFile(`/inline-${length}`, content);
    assert.equal(attributes.bytes, length);
    assert.equal(attributes.kind, 'file');
    assert.equal(protection, 'full');
    assert.deepEqual(await client.getFile(`/inline-${length}`), content);
    assert.deepEqual(await client.extents(`/inline-${length}`), []);
  }
});

test('a small file from a stream', async () => {
  async function* chunks() {
    yield bytes('one ');
    yield bytes('two');
  }
  await client.putFile('/streamed', chunks());
  assert.deepEqual(await client.getFile('/streamed'), bytes('one two'));
  async function* nothing() {}
  await client.putFile('/streamed-empty', nothing());
  assert.equal((await client.getFile('/streamed-empty')).length, 0);
});

test('directories are made, listed in pages, renamed and removed', async () => {
  const made = await client.mkdir('/a/b/c', { parents: true, mode: 0o750 });
  assert.equal(made.created, true);
  assert.equal(made.attributes.mode, 0o750);
  assert.equal((await client.mkdir('/a/b/c', { parents: true })).created, false);
  await assert.rejects(client.mkdir('/a/b/c'), { code: 'EXISTS' });
  await assert.rejects(client.mkdir('/x/y'), { code: 'NOT_FOUND' });
  const names = Array.from({ length: 2345 }, (_, index) => `f${String(index).padStart(5, '0')}`);
  for await (const outcome of client.putMany(
    names.map((name) => ({ path: `/a/b/${name}`, content: bytes(name) })),
    { concurrency: 64 },
  )) {
    assert.ok(outcome.ok);
  }
  const entries = await all(client.list('/a/b', { attributes: true }));
  assert.deepEqual(
    entries.map(({ text }) => text),
    ['c', ...names],
  );
  assert.equal(entries[5]?.attributes?.bytes, 6);
  const some = await all(client.list('/a/b', { after: 'f00001', limit: 3 }));
  assert.deepEqual(
    some.map(({ text }) => text),
    ['f00002', 'f00003', 'f00004'],
  );
  assert.equal((await client.stat('/a/b')).entries, 2346);
  const moved = await client.rename('/a/b/f00000', '/a/moved');
  assert.equal(moved.bytes, 6);
  await assert.rejects(client.stat('/a/b/f00000'), { code: 'NOT_FOUND' });
  await assert.rejects(client.rename('/a/b/f00001', '/a/moved'), { code: 'EXISTS' });
  await client.rename('/a/b/f00001', '/a/moved', { replace: true });
  assert.deepEqual(await client.getFile('/a/moved'), bytes('f00001'));
  await assert.rejects(client.remove('/a'), { code: 'NOT_EMPTY' });
  await client.remove('/a', { recursive: true });
  await assert.rejects(client.stat('/a'), { code: 'NOT_FOUND' });
});

test('an existing file stays unless it is to be replaced', async () => {
  await client.putFile('/kept', bytes('first'));
  await assert.rejects(client.putFile('/kept', bytes('second')), { code: 'EXISTS', message: /\/kept/ });
  assert.deepEqual(await client.getFile('/kept'), bytes('first'));
  await client.putFile('/kept', bytes('third'), { replace: true });
  assert.deepEqual(await client.getFile('/kept'), bytes('third'));
});

test('parents are made when asked for, else missed at once', async () => {
  await assert.rejects(client.putFile('/no/such/file', bytes('x')), { code: 'NOT_FOUND' });
  await client.putFile('/new/parents/file', bytes('x'), { makeParents: true });
  assert.equal((await client.stat('/new/parents')).kind, 'directory');
});

test('what is no path is refused with a reason', async () => {
  const bad: (string | Uint8Array)[] = [
    'a//b',
    'a/../b',
    './a',
    'nul\0nul',
    'x'.repeat(256),
    'long/'.repeat(1000),
    Uint8Array.of(0x61, 0xff, 0xfe),
    'lone \ud800 surrogate',
  ];
  for (const path of bad) {
    await assert.rejects(client.putFile(path, bytes('x'), { makeParents: true }), { code: 'INVALID_PATH' });
    await assert.rejects(client.stat(path), { code: 'INVALID_PATH' });
    await assert.rejects(client.getFile(path), { code: 'INVALID_PATH' });
  }
  await assert.rejects(client.putFile('', bytes('x')), TesseraError);
  await client.putFile(`/${'é'.repeat(127)}`, bytes('x'));
});

test('a directory is no file and a file no directory', async () => {
  await client.mkdir('/dir');
  await client.putFile('/file', bytes('x'));
  await assert.rejects(client.getFile('/dir'), { code: 'IS_A_DIRECTORY' });
  await assert.rejects(client.open('/dir', 'r'), { code: 'IS_A_DIRECTORY' });
  await assert.rejects(client.putFile('/dir', bytes('x'), { replace: true }), { code: 'IS_A_DIRECTORY' });
  await assert.rejects(client.putFile('/file/below', bytes('x')), { code: 'NOT_A_DIRECTORY' });
  await assert.rejects(all(client.list('/file')), { code: 'NOT_A_DIRECTORY' });
});

test('a layout that cannot be is refused', async () => {
  await client.mkdir('/mr');
  assert.deepEqual((await client.getLayout('/mr')).own, {});
  assert.equal((await client.getLayout('/mr')).effective.redundancy, 'rs-4-2');
  await assert.rejects(client.setLayout('/mr', { segmentBytes: 1000 }), { code: 'INVALID_LAYOUT' });
  await assert.rejects(client.setLayout('/mr', { redundancy: 'raid-5' }), { code: 'INVALID_LAYOUT' });
  await assert.rejects(client.setLayout('/mr', { mixing: 'all' as 'file' }), { code: 'INVALID_LAYOUT' });
  const tooWide = client.setLayout('/mr', { redundancy: 'rs-8-3' });
  await assert.rejects(tooWide, { code: 'LAYOUT_UNSATISFIABLE', message: /needs 11 .* 0 / });
});

test('data without any chunkserver: the error says what is missing', async () => {
  const error = await client.putFile('/data', new Uint8Array(100_000)).catch((thrown) => thrown);
  assert.ok(error instanceof TesseraError);
  assert.ok(['LAYOUT_UNSATISFIABLE', 'NOT_ENOUGH_SERVERS'].includes(error.code), error.code);
  assert.match(error.message, /6/);
  await assert.rejects(client.stat('/data'), { code: 'NOT_FOUND' });
});

test('an aborted operation is cancelled, one without time left has missed its deadline', async () => {
  const controller = new AbortController();
  controller.abort();
  await assert.rejects(client.stat('/', { signal: controller.signal }), { code: 'CANCELLED' });
  await assert.rejects(client.stat('/', { deadlineMs: -1 }), { code: 'INVALID_ARGUMENT' });
  const later = new AbortController();
  const stats = Array.from({ length: 50 }, () => client.stat('/', { signal: later.signal }));
  later.abort();
  for (const outcome of await Promise.allSettled(stats)) {
    assert.equal(outcome.status === 'rejected' && outcome.reason.code, 'CANCELLED');
  }
});

test('a metaserver that restarts is not noticed', async () => {
  const names = Array.from({ length: 400 }, (_, index) => `/restart-${index}`);
  const putting = (async () => {
    for await (const outcome of client.putMany(
      names.map((path) => ({ path, content: bytes(path) })),
      { concurrency: 4 },
    )) {
      if (!outcome.ok) throw outcome.error;
    }
  })();
  await cluster.kill('metaserver');
  await cluster.restart('metaserver');
  await putting;
  for await (const outcome of client.getMany(names)) {
    assert.ok(outcome.ok);
    assert.deepEqual(outcome.content, bytes(outcome.path as string));
  }
});

test('the cluster status and map are answered', async () => {
  const status = await client.clusterStatus();
  assert.ok(status.files >= 400);
  assert.deepEqual(status.clusterId, client.clusterId);
  assert.deepEqual((await client.clusterMap()).servers, []);
});

test('nobody there: connecting fails, and says where it looked', async () => {
  const connecting = connect({ metaserver: '127.0.0.1:1', deadlineMs: 300 });
  await assert.rejects(connecting, { code: 'UNAVAILABLE', message: /127\.0\.0\.1:1/ });
  await assert.rejects(connect({ metaserver: 'nonsense', deadlineMs: 300 }), { code: 'INVALID_ARGUMENT' });
});

test('after close everything is cancelled, and close may be called again', async () => {
  const other = await connect({ metaserver: cluster.metaserver });
  const stat = other.stat('/');
  const closing = other.close();
  await assert.rejects(stat, { code: 'CANCELLED' });
  await closing;
  await other.close();
  await assert.rejects(other.stat('/'), { code: 'CANCELLED' });
});
