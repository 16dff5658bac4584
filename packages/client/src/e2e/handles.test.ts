import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, before, test } from 'node:test';
import type { Client } from '../api.js';
import { connect } from '../connect.js';
import { DaemonCluster } from './daemon-cluster.js';
import { noise } from './noise.js';

const KIB = 1024;
const MIB = 1024 * KIB;

let cluster: DaemonCluster;
let client: Client;
let other: Client;

before(async () => {
  cluster = await DaemonCluster.start(6);
  client = await connect({ metaserver: cluster.metaserver, name: 'handles test' });
  other = await connect({ metaserver: cluster.metaserver, name: 'handles test, other' });
  await client.mkdir('/rs', { layout: { redundancy: 'rs-3-1', segmentBytes: 64 * KIB } });
  await client.mkdir('/copies', { layout: { redundancy: 'copies-2' } });
});

after(async () => {
  await client?.close();
  await other?.close();
  await cluster?.stop();
});

function same(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(actual.length, expected.length);
  assert.ok(Buffer.compare(actual, expected) === 0, 'the bytes differ');
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const bytes = (value: string) => Buffer.from(value, 'latin1');

test('flags say what may be done, and whether the file is made, emptied or refused', async () => {
  await assert.rejects(client.open('/rs/flags', 'r'), { code: 'NOT_FOUND' });
  await assert.rejects(client.open('/rs/flags', 'r+'), { code: 'NOT_FOUND' });
  await assert.rejects(client.open('/rs/flags', 'rx' as 'r'), { code: 'INVALID_ARGUMENT' });
  const made = await client.open('/rs/flags', 'wx');
  await made.write(0, bytes('hello'));
  await assert.rejects(made.read(0, 5), { code: 'INVALID_ARGUMENT', message: /not open for reading/ });
  await made.close();
  await made.close();
  await assert.rejects(made.write(0, bytes('x')), { code: 'INVALID_ARGUMENT', message: /was closed/ });
  await assert.rejects(client.open('/rs/flags', 'wx'), { code: 'EXISTS' });
  const reader = await client.open('/rs/flags', 'r');
  await assert.rejects(reader.write(0, bytes('x')), { code: 'INVALID_ARGUMENT', message: /not open for writing/ });
  const appender = await client.open('/rs/flags', 'a+');
  await appender.write(0, bytes(' world'));
  assert.equal(text(await reader.read(0, 100)), 'hello world');
  const emptied = await client.open('/rs/flags', 'w+');
  assert.equal((await reader.read(0, 100)).length, 0);
  await emptied.close();
  const deep = await client.open('/rs/a/b/c', 'w', { makeParents: true, mode: 0o600 });
  assert.equal((await client.stat('/rs/a/b/c')).mode, 0o600);
  await deep.close();
  await client.symlink('b/c', '/rs/a/to-c');
  const linked = await client.open('/rs/a/to-c', 'r+');
  await linked.write(0, bytes('through'));
  await linked.close();
  assert.equal(text(await client.getFile('/rs/a/b/c')), 'through');
  await assert.rejects(client.open('/rs/a/to-c', 'wx'), { code: 'EXISTS' });
  await assert.rejects(client.open('/rs/a', 'r+'), { code: 'IS_A_DIRECTORY' });
  await assert.rejects(client.open('/rs/a', 'r'), { code: 'IS_A_DIRECTORY' });
});

test('a handle reads its own unflushed writes, others see them after the flush, all at once', async () => {
  const content = noise(300 * KIB, 1);
  await client.putFile('/rs/own', content);
  const file = await client.open('/rs/own', 'r+');
  const seen = await other.open('/rs/own', 'r');
  const expected = new Uint8Array(content);
  for (const [offset, length, seed] of [
    [10, 5, 1],
    [65_530, 100, 2],
    [65_600, 10, 3],
    [200_000, 150_000, 4],
    [5, 20, 5],
  ] as const) {
    const data = noise(length, seed);
    await file.write(offset, data);
    if (offset + length <= expected.length) expected.set(data, offset);
  }
  const tail = noise(150_000, 4);
  const whole = new Uint8Array(350_000);
  whole.set(expected);
  whole.set(tail, 200_000);
  same(await file.read(0, MIB), whole);
  same(await file.read(65_500, 300), whole.subarray(65_500, 65_800));
  assert.equal((await file.stat()).bytes, 350_000);
  same(await seen.read(0, MIB), content);
  const attributes = await file.flush();
  assert.equal(attributes.bytes, 350_000);
  same(await seen.read(0, MIB), whole);
  same(await other.getFile('/rs/own'), whole);
  await file.close();
});

test('a small file stays in its inode until it outgrows it, whatever is written to it', async () => {
  const file = await client.open('/rs/small', 'w+');
  await file.write(10, bytes('abc'));
  await file.flush();
  assert.deepEqual(await client.extents('/rs/small'), []);
  assert.equal(text(await file.read(0, 100)), `${'\0'.repeat(10)}abc`);
  await file.append(bytes('def'));
  await file.truncate(20);
  assert.equal(text(await other.getFile('/rs/small')), `${'\0'.repeat(10)}abcdef\0\0\0\0`);
  const big = noise(100 * KIB, 3);
  await file.write(13, big);
  await file.flush();
  const expected = Buffer.concat([bytes(`${'\0'.repeat(10)}abc`), big]);
  same(await file.read(0, MIB), expected);
  same(await other.getFile('/rs/small'), expected);
  const pieces: Uint8Array[] = [];
  for await (const piece of other.readStream('/rs/small', { start: 5 })) pieces.push(piece);
  same(Buffer.concat(pieces), expected.subarray(5));
  await file.truncate(0);
  await file.append(bytes('x'));
  assert.equal(text(await other.getFile('/rs/small')), 'x');
  await file.close();
});

test('appends of several clients are whole, each at an offset of its own', async () => {
  const files = await Promise.all([client.open('/rs/log', 'a'), other.open('/rs/log', 'a')]);
  const records = Array.from({ length: 60 }, (_, index) => noise(1 + ((index * 7_919) % 90_000), index));
  const offsets = await Promise.all(
    records.map(async (record, index) => (await (files[index % 2] ?? assert.fail()).append(record)).offset),
  );
  const whole = await client.getFile('/rs/log');
  assert.equal(
    whole.length,
    records.reduce((sum, record) => sum + record.length, 0),
  );
  for (const [index, record] of records.entries()) {
    const offset = offsets[index] as number;
    same(whole.subarray(offset, offset + record.length), record);
  }
  await Promise.all(files.map((file) => file.close()));
});

test('truncation cuts, and lengthens by a hole that reads as zeros', async () => {
  const content = noise(500 * KIB, 9);
  await client.putFile('/rs/cut', content);
  const file = await client.open('/rs/cut', 'r+');
  await file.write(0, bytes('begin'));
  await file.truncate(100_000);
  await file.truncate(300_000);
  const expected = new Uint8Array(300_000);
  expected.set(content.subarray(0, 100_000));
  expected.set(bytes('begin'));
  same(await other.getFile('/rs/cut'), expected);
  await file.write(10 * MIB, bytes('end'));
  await file.close();
  const far = await other.getFile('/rs/cut');
  assert.equal(far.length, 10 * MIB + 3);
  assert.equal(text(far.subarray(10 * MIB)), 'end');
  assert.ok(far.subarray(300_000, 10 * MIB).every((byte) => byte === 0));
  const beyond = await client.open('/rs/cut', 'r+');
  await assert.rejects(beyond.write(2 ** 53 - 2, bytes('xx')), { code: 'OUT_OF_RANGE' });
  await assert.rejects(beyond.write(2 ** 53, bytes('x')), { code: 'INVALID_ARGUMENT' });
  await assert.rejects(beyond.truncate(-1), { code: 'INVALID_ARGUMENT' });
  await beyond.close();
});

test('conditions: a commit on another version than expected is given up, and the handle goes on', async () => {
  await client.putFile('/rs/condition', noise(100 * KIB, 1));
  const mine = await client.open('/rs/condition', 'r+');
  const theirs = await other.open('/rs/condition', 'r+');
  const { contentVersion } = mine.attributes;
  await theirs.write(0, bytes('theirs'));
  await theirs.flush({ ifVersion: contentVersion });
  await mine.write(0, bytes('mine!!'));
  await assert.rejects(mine.flush({ ifVersion: contentVersion }), { code: 'CHANGED' });
  assert.equal(text(await mine.read(0, 6)), 'theirs');
  const now = await mine.stat();
  await mine.write(0, bytes('mine!!'));
  const after = await mine.flush({ ifVersion: now.contentVersion });
  assert.ok(after.contentVersion > now.contentVersion);
  assert.equal(text(await theirs.read(0, 6)), 'mine!!');
  await assert.rejects(theirs.append(bytes('x'), { ifVersion: contentVersion }), { code: 'CHANGED' });
  await assert.rejects(theirs.truncate(1, { ifVersion: contentVersion }), { code: 'CHANGED' });
  await client.rename('/rs/condition', '/rs/moved');
  await theirs.truncate(1, { ifVersion: after.contentVersion });
  await mine.close();
  await theirs.close();
});

test('many writers of one file, each in a stride of its own', async () => {
  const piece = 10_007;
  const content = noise(60 * piece, 5);
  await client.putFile('/rs/shared', new Uint8Array(content.length));
  const files = await Promise.all(
    [0, 1, 2, 3].map((index) => (index % 2 === 0 ? client : other).open('/rs/shared', 'r+')),
  );
  await Promise.all(
    files.map(async (file, rank) => {
      for (let index = rank; index < 60; index += 4) {
        await file.write(index * piece, content.subarray(index * piece, (index + 1) * piece));
        if (index % 5 === 0) await file.flush();
      }
      await file.close();
    }),
  );
  same(await client.getFile('/rs/shared'), content);
});

test('long sequential writes become whole segments, and hold a bounded part of it', async () => {
  const content = noise(80 * MIB, 80);
  const file = await client.open('/copies/long', 'w+');
  for (let offset = 0; offset < content.length; offset += 100_003) {
    await file.write(offset, content.subarray(offset, offset + 100_003));
  }
  same(await file.read(0, content.length), content);
  await file.close();
  same(await other.getFile('/copies/long'), content);
  const extents = await client.extents('/copies/long');
  assert.ok(extents.length <= 90, `${extents.length} extents`);
});

test('streams of both kinds in both directions', async () => {
  const content = noise(3 * MIB + 5, 6);
  const chunks = () =>
    Array.from({ length: 33 }, (_, index) => content.subarray(index * 100_000, (index + 1) * 100_000));
  const file = await client.open('/rs/streams', 'w+');
  await pipeline(Readable.from(chunks()), file.writable());
  same(Buffer.concat(await file.readable({ start: 100, end: 2 * MIB }).toArray()), content.subarray(100, 2 * MIB));
  await file.truncate(0);
  const writer = file.writableStream().getWriter();
  for (const chunk of chunks()) await writer.write(chunk);
  await writer.close();
  const pieces: Uint8Array[] = [];
  for await (const piece of file.readableStream()) pieces.push(piece);
  same(Buffer.concat(pieces), content);
  const half = file.readableStream().getReader();
  await half.read();
  await half.cancel();
  const stopped = file.readable();
  for await (const _ of stopped) break;
  assert.equal(stopped.destroyed, true);
  await file.close();
  await pipeline(Readable.from(chunks()), client.writeStream('/rs/put-stream'));
  same(await client.getFile('/rs/put-stream'), content);
});

test('a stream that fails leaves nothing of what was not committed', async () => {
  const content = noise(MIB, 7);
  async function* failing() {
    yield content;
    throw new Error('the source broke');
  }
  await assert.rejects(pipeline(Readable.from(failing()), client.writeStream('/rs/never')), /the source broke/);
  await assert.rejects(client.stat('/rs/never'), { code: 'NOT_FOUND' });
  await assert.rejects(pipeline(Readable.from([content]), client.writeStream('/rs/put-stream')), { code: 'EXISTS' });
  const file = await client.open('/rs/kept', 'w+');
  await file.append(bytes('before'));
  await assert.rejects(pipeline(Readable.from(failing()), file.writable()), /the source broke/);
  await file.close();
  assert.equal(text(await client.getFile('/rs/kept')), 'before');
});

test('a file that is removed, or replaced by another, is gone for its handles', async () => {
  await client.putFile('/rs/going', bytes('one'));
  const file = await client.open('/rs/going', 'r+');
  await client.putFile('/rs/going', bytes('two'), { replace: true });
  await assert.rejects(file.read(0, 3), { code: 'NOT_FOUND' });
  await file.write(0, bytes('x'));
  await assert.rejects(file.flush(), { code: 'NOT_FOUND' });
  await assert.rejects(file.write(0, bytes('x')), { code: 'NOT_FOUND' });
  await assert.rejects(file.close(), { code: 'NOT_FOUND' });
  assert.equal(text(await client.getFile('/rs/going')), 'two');
});

test("a file moved out of a directory that goes is written on, under the root's layout", async () => {
  await client.mkdir('/gone', { layout: { redundancy: 'copies-3' } });
  const file = await client.open('/gone/f', 'w+');
  await client.rename('/gone/f', '/rs/f');
  await client.remove('/gone');
  const content = noise(100_000, 1);
  await file.write(0, content);
  await file.close();
  same(await client.getFile('/rs/f'), content);
});
