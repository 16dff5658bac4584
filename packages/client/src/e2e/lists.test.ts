import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../api.js';
import { connect } from '../connect.js';
import * as datatype from '../datatype/index.js';
import type { FileHandle } from '../file/api.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { DaemonCluster } from './daemon-cluster.js';
import { noise } from './noise.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const PROBES_MAX = 300;
const PROBE_EVERY_MS = 100;

let cluster: DaemonCluster;
let client: Client;
let other: Client;

before(async () => {
  cluster = await DaemonCluster.start(6);
  client = await connect({ metaserver: cluster.metaserver, name: 'lists test' });
  other = await connect({ metaserver: cluster.metaserver, name: 'lists test, other' });
  await client.mkdir('/rs', { layout: { redundancy: 'rs-4-2' } });
  await client.mkdir('/small', { layout: { redundancy: 'rs-3-1', segmentBytes: 64 * KIB } });
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

/** A client leaves servers alone for a while after they were away. */
async function untilAllTakeWrites(): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { protection, detail } = await client.putFile('/rs/probe', noise(4 * MIB, 5), { replace: true });
    if (protection === 'full') return;
    assert.ok(tries < PROBES_MAX, detail);
    await sleep(PROBE_EVERY_MS);
  }
}

function randomRanges(count: number, length: number, fileBytes: number, seed: number) {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => ({ offset: random.uint32() % (fileBytes - length), length }));
}

test('thousands of random ranges: few metadata calls, every byte right, also without two servers', async () => {
  const content = noise(16 * MIB, 1);
  await client.putFile('/rs/volume', content);
  const file = await client.open('/rs/volume', 'r');
  const ranges = randomRanges(2_000, 4 * KIB, content.length, 3);
  const check = (arrays: readonly Uint8Array[]) => {
    assert.equal(arrays.length, ranges.length);
    for (const [index, { offset, length }] of ranges.entries()) {
      same(arrays[index] as Uint8Array, content.subarray(offset, offset + length));
    }
  };
  const before = client.counters();
  check(await file.readv(ranges));
  const after = client.counters();
  assert.ok(after.metadataCalls - before.metadataCalls <= 2, `${after.metadataCalls - before.metadataCalls} calls`);
  assert.equal(after.bytesRead - before.bytesRead, 2_000 * 4 * KIB);
  const buffer = new Uint8Array(2_000 * 4 * KIB);
  const counts = await file.readvInto(buffer, ranges);
  assert.ok(counts.every((count) => count === 4 * KIB));
  check(ranges.map((_, index) => buffer.subarray(index * 4 * KIB, (index + 1) * 4 * KIB)));
  await cluster.kill('host-2', 'host-5');
  check(await file.readv(ranges));
  assert.ok(client.counters().degradedReads > after.degradedReads);
  await cluster.restart('host-2', 'host-5');
  await file.close();
});

test('holes read as zeros, past the end nothing, unflushed writes count, others see them after the flush', async () => {
  const file = await client.open('/small/sparse', 'w+');
  const reader = await other.open('/small/sparse', 'r');
  const first = noise(100 * KIB, 4);
  const last = noise(10 * KIB, 5);
  await file.writev([
    { offset: 3 * MIB, data: last },
    { offset: 0, data: first },
    { offset: 2 * MIB, data: new Uint8Array() },
  ]);
  const ranges = [
    { offset: 3 * MIB + 9 * KIB, length: 100 * KIB },
    { offset: 99 * KIB, length: 2 * KIB },
    { offset: 5 * MIB, length: 10 },
    { offset: 0, length: 0 },
    { offset: MIB, length: MIB },
    { offset: 99 * KIB, length: 3 * KIB },
  ];
  const whole = new Uint8Array(3 * MIB + 10 * KIB);
  whole.set(first);
  whole.set(last, 3 * MIB);
  const expected = ranges.map(({ offset, length }) => whole.subarray(offset, offset + length));
  const check = (arrays: readonly Uint8Array[]) => {
    for (const [index, array] of arrays.entries()) same(array, expected[index] as Uint8Array);
  };
  check(await file.readv(ranges));
  assert.deepEqual(
    (await reader.readv(ranges)).map(({ length }) => length),
    [0, 0, 0, 0, 0, 0],
  );
  await file.flush();
  check(await file.readv(ranges));
  check(await reader.readv(ranges));
  assert.deepEqual(await reader.readv([]), []);
  await file.close();
  await reader.close();
});

test('more small parts than one commit takes are written in one call', async () => {
  const parts = Array.from({ length: 1_100 }, (_, index) => ({ offset: index * 200, data: noise(100, index) }));
  const file = await client.open('/small/parts', 'w+');
  await file.writev(parts);
  await file.flush();
  const whole = await other.getFile('/small/parts');
  assert.equal(whole.length, 1_099 * 200 + 100);
  for (const { offset, data } of parts) {
    same(whole.subarray(offset, offset + 100), data);
    assert.ok(whole.subarray(offset + 100, offset + 200).every((byte) => byte === 0));
  }
  const arrays = await file.readv(parts.map(({ offset, data }) => ({ offset, length: data.length })));
  for (const [index, { data }] of parts.entries()) same(arrays[index] as Uint8Array, data);
  await file.close();
});

test('what cannot be is refused before anything is written', async () => {
  await client.putFile('/small/refused', new Uint8Array(1_000));
  const file = await client.open('/small/refused', 'r+');
  const data = new Uint8Array(10).fill(1);
  const invalid = { code: 'INVALID_ARGUMENT' };
  const overlapping = [
    { offset: 0, data },
    { offset: 9, data },
  ];
  await assert.rejects(file.writev(overlapping), { ...invalid, message: /overlap/ });
  await assert.rejects(
    file.writev([
      { offset: 0, data },
      { offset: -1, data },
    ]),
    invalid,
  );
  await assert.rejects(file.writev([{ offset: 2 ** 53, data }]), invalid);
  await assert.rejects(file.writev([{ offset: 2 ** 53 - 5, data }]), { code: 'OUT_OF_RANGE' });
  await assert.rejects(file.writev([{ offset: 0, data: 'text' as unknown as Uint8Array }]), invalid);
  await assert.rejects(file.readv([{ offset: 0.5, length: 1 }]), invalid);
  await assert.rejects(file.readv([{ offset: 2 ** 53, length: 1 }]), invalid);
  await assert.rejects(file.readv([{ offset: 2 ** 53 - 1, length: 1 }]), { code: 'OUT_OF_RANGE' });
  await assert.rejects(file.readvInto(new Uint8Array(9), [{ offset: 0, length: 10 }]), { ...invalid, message: /9/ });
  await file.close();
  await assert.rejects(file.readv([]), { ...invalid, message: /closed/ });
  assert.ok((await client.getFile('/small/refused')).every((byte) => byte === 0));
  const appending = await client.open('/small/refused', 'a+');
  await assert.rejects(appending.writev([{ offset: 0, data }]), { ...invalid, message: /append/ });
  await appending.close();
  const writing = await client.open('/small/refused', 'w');
  await assert.rejects(writing.readv([{ offset: 0, length: 1 }]), { ...invalid, message: /not open for reading/ });
  await writing.close();
});

test('a column of a volume by datatypes and by strides, from two clients', async () => {
  const [rows, columns, element] = [96, 200, 128];
  const content = noise(rows * columns * element, 8);
  await client.putFile('/small/volume', new Uint8Array(content.length));
  const files = await Promise.all([client.open('/small/volume', 'r+'), other.open('/small/volume', 'r+')]);
  // Even rows by one client, odd ones by the other: blocks are shared, bytes are not.
  await Promise.all(
    files.map(async (file, odd) => {
      const half = datatype.hvector(rows / 2, columns * element, 2 * columns * element, datatype.bytes(1));
      const memory = datatype.view(half, odd * columns * element);
      const length = content.length / 2;
      await file.writeView(content, { file: memory, memory, length });
      await file.flush();
    }),
  );
  same(await client.getFile('/small/volume'), content);
  const [file, seen] = files as [FileHandle, FileHandle];
  const column = datatype.subarray(
    { sizes: [rows, columns], subsizes: [rows, 3], starts: [0, 17] },
    datatype.bytes(element),
  );
  const wanted = new Uint8Array(rows * 3 * element);
  for (let row = 0; row < rows; row++) {
    const start = (row * columns + 17) * element;
    wanted.set(content.subarray(start, start + 3 * element), row * 3 * element);
  }
  const buffer = new Uint8Array(wanted.length);
  assert.equal(await seen.readView(buffer, { file: datatype.view(column) }), wanted.length);
  same(buffer, wanted);
  const strided = { offset: 17 * element, blockBytes: 3 * element, strideBytes: columns * element, count: rows };
  same(await seen.readStrided(strided), wanted);
  wanted.fill(7);
  await file.writeStrided(strided, wanted);
  same(await file.readStrided({ ...strided, count: rows + 10 }), wanted);
  await file.flush();
  same(await seen.readStrided(strided), wanted);
  await Promise.all(files.map((each) => each.close()));
});

test('small parts that are apart go into segments together; overwritten, cut off, copied, lost servers or not, every byte is right', async () => {
  await untilAllTakeWrites();
  const [parts, partBytes, strideBytes] = [64, 16 * KIB, 128 * KIB];
  const file = await client.open('/rs/parts', 'w+');
  const model = new Uint8Array(parts * strideBytes);
  const put = (offset: number, data: Uint8Array) => {
    model.set(data, offset);
    return { offset, data };
  };
  const before = client.counters();
  await file.writev(
    Array.from({ length: parts }, (_, index) => put(index * strideBytes, noise(partBytes, 100 + index))),
  );
  await file.flush();
  const written = client.counters();
  // One stripe of four segments, where each part would have been a segment.
  assert.equal(written.stripesWritten - before.stripesWritten, 1);
  assert.equal(written.segmentsWritten - before.segmentsWritten, 4);
  const extents = await client.extents('/rs/parts');
  assert.equal(extents.length, parts);
  assert.equal(new Set(extents.map(({ segment }) => segment)).size, 4);
  const length = (parts - 1) * strideBytes + partBytes;
  const check = async () => {
    same(await client.getFile('/rs/parts'), model.subarray(0, length));
    const streamed: Uint8Array[] = [];
    for await (const piece of client.readStream('/rs/parts')) streamed.push(piece);
    same(Buffer.concat(streamed), model.subarray(0, length));
  };
  await check();

  // Into the middle of parts, over their borders, and over whole ones.
  await file.writev([
    put(strideBytes + 1_000, noise(500, 1)),
    put(3 * strideBytes - 700, noise(1_400, 2)),
    put(7 * strideBytes, noise(2 * strideBytes + partBytes, 3)),
  ]);
  await file.flush();
  await check();
  await client.copy('/rs/parts', '/rs/parts copied');
  await cluster.kill('host-1', 'host-4');
  await check();
  await cluster.restart('host-1', 'host-4');
  await file.truncate(20 * strideBytes + 100);
  await client.remove('/rs/parts copied');
  same(await client.getFile('/rs/parts'), model.subarray(0, 20 * strideBytes + 100));
  await file.close();
});

test('lists by path: written at once, made where asked for, read without a handle', async () => {
  const parts = [
    { offset: 5 * MIB, data: noise(10 * KIB, 1) },
    { offset: 0, data: noise(70 * KIB, 2) },
  ];
  await assert.rejects(client.writev('/small/listed', parts), { code: 'NOT_FOUND' });
  const made = await client.writev('/small/listed', parts, { create: true, hints: { segmentBytes: 128 * KIB } });
  assert.equal(made.bytes, 5 * MIB + 10 * KIB);
  assert.deepEqual((await client.getLayout('/small/listed')).own, { segmentBytes: 128 * KIB });
  const ranges = [
    { offset: 5 * MIB + 9 * KIB, length: 9 * KIB },
    { offset: 69 * KIB, length: 2 * KIB },
  ];
  const [tail, middle] = (await other.readv('/small/listed', ranges)) as [Uint8Array, Uint8Array];
  same(tail, (parts[0] as (typeof parts)[0]).data.subarray(9 * KIB));
  same(middle, new Uint8Array(Buffer.concat([noise(70 * KIB, 2).subarray(69 * KIB), new Uint8Array(KIB)])));
  const buffer = new Uint8Array(11 * KIB);
  assert.deepEqual(await other.readvInto('/small/listed', buffer, ranges), [KIB, 2 * KIB]);
  same(buffer.subarray(9 * KIB), middle);

  const again = [{ offset: 1, data: Uint8Array.of(1) }];
  const changed = await client.writev('/small/listed', again, { create: true, ifVersion: made.contentVersion });
  assert.ok(changed.contentVersion > made.contentVersion);
  const late = client.writev('/small/listed', [{ offset: 1, data: Uint8Array.of(2) }], {
    ifVersion: made.contentVersion,
  });
  await assert.rejects(late, { code: 'CHANGED' });
  assert.deepEqual([...((await client.readv('/small/listed', [{ offset: 1, length: 1 }]))[0] as Uint8Array)], [1]);
  const overlapping = client.writev('/small/listed', [...again, ...again]);
  await assert.rejects(overlapping, { code: 'INVALID_ARGUMENT', message: /overlap/ });
  await assert.rejects(client.readv('/small', ranges), { code: 'IS_A_DIRECTORY' });
  await assert.rejects(client.readv('/small/none', ranges), { code: 'NOT_FOUND' });
});
