import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FILE_BYTES_MAX } from '@tessera/protocol';
import fc from 'fast-check';
import * as datatype from '../datatype/index.js';
import { Scopes } from '../scope.js';
import { ManualClock } from '../testing/manual-clock.js';
import type { ListedFile } from './file-lists.js';
import { partsOfStrided, partsOfView, readStrided, readView, stridedBytes } from './file-views.js';
import { PendingWrites } from './pending-writes.js';

const scope = new Scopes(new ManualClock(), 60_000).open('test');
const FILE_BYTES = 5_000;
const committed = Uint8Array.from({ length: FILE_BYTES }, (_, index) => index % 251);

/** A committed file in memory, and what lies unflushed over it. */
function fileWith(unflushed: readonly (readonly [offset: number, length: number])[]) {
  const pool = { acquire: (bytes: number) => new Uint8Array(bytes), release: () => {} };
  const pending = new PendingWrites({ segmentBytes: 256, pool: pool as never, abandon: () => {} });
  const end = unflushed.reduce((most, [offset, length]) => Math.max(most, offset + length), 0);
  const whole = new Uint8Array(Math.max(FILE_BYTES, end));
  whole.set(committed);
  for (const [index, [offset, length]] of unflushed.entries()) {
    const data = new Uint8Array(length).fill(251 + (index % 5));
    pending.put(offset, data);
    whole.set(data, offset);
  }
  const file: ListedFile = {
    node: {},
    behind: { end, layers: (from, to) => [[], pending.overlay(from, to)] },
    lists: {
      read: async ({ transfers, bytesMin, sink }) => {
        const bytes = Math.max(FILE_BYTES, bytesMin);
        sink.begin(bytes);
        const walk = transfers();
        for (let next = walk.next(); !next.done; next = walk.next()) {
          const { fileOffset, memoryOffset, length } = next.value;
          const inFile = Math.max(0, Math.min(length, bytes - fileOffset));
          sink.clear(memoryOffset, inFile);
          if (inFile > 0) sink.put(memoryOffset, committed.subarray(fileOffset, fileOffset + inFile));
          if (inFile < length) sink.cut(memoryOffset + inFile, length - inFile);
        }
      },
    },
  };
  return { file, whole };
}

const unflushedWrites = fc.array(fc.tuple(fc.nat(7_000), fc.integer({ min: 1, max: 600 })), { maxLength: 6 });
/** Datatypes whose copies do not overlap. */
const types = fc.oneof(
  fc.integer({ min: 1, max: 900 }).map((count) => datatype.bytes(count)),
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40 }), fc.nat(60))
    .map(([count, block, gap]) => datatype.hvector(count, block, block + gap, datatype.bytes(1))),
  fc
    .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }))
    .map(([first, second]) => datatype.hindexed([first, second], [100, 7], datatype.bytes(1))),
);

test('reads by datatypes get what the streams say, under unflushed writes', async () => {
  const access = fc.record({
    fileType: types,
    memoryType: types,
    displacement: fc.nat(4_000),
    filePosition: fc.nat(300),
    memoryPosition: fc.nat(300),
    length: fc.nat(3_000),
  });
  await fc.assert(
    fc.asyncProperty(access, unflushedWrites, async (given, writes) => {
      const { file, whole } = fileWith(writes);
      const { filePosition, memoryPosition, length } = given;
      const inFile = datatype.view(given.fileType, given.displacement);
      const memory = datatype.view(given.memoryType);
      const memoryBytes = datatype.spanOf(memory, memoryPosition, length).end;
      const buffer = new Uint8Array(memoryBytes);
      const expected = new Uint8Array(memoryBytes);
      let bytes = 0;
      const request = { memory, memoryBytes, memoryPosition, file: inFile, filePosition, length };
      for (const transfer of datatype.transfers(request)) {
        const part = whole.subarray(transfer.fileOffset, transfer.fileOffset + transfer.length);
        expected.set(part, transfer.memoryOffset);
        bytes += part.length;
      }
      assert.equal(
        await readView(file, buffer, { file: inFile, filePosition, memory, memoryPosition, length }, scope),
        bytes,
      );
      assert.deepEqual(buffer, expected);
    }),
    { numRuns: 200 },
  );
});

test('writes by datatypes are the parts that the streams say, each byte once', () => {
  const file = datatype.view(datatype.hvector(3, 4, 10, datatype.bytes(1)), 100);
  const memory = datatype.view(datatype.resized(datatype.bytes(2), 0, 3));
  const buffer = Uint8Array.from({ length: 20 }, (_, index) => index);
  const parts = [...partsOfView(buffer, { file, filePosition: 2, memory, length: 7 })];
  assert.deepEqual(
    parts.map(({ offset, data }) => [offset, ...data]),
    [
      [102, 0, 1],
      [110, 3, 4],
      [112, 6, 7],
      [120, 9],
    ],
  );
  const plain = [...partsOfView(buffer, { file, memoryPosition: 15 })];
  assert.deepEqual(
    plain.map(({ offset, data }) => [offset, ...data]),
    [
      [100, 15, 16, 17, 18],
      [110, 19],
    ],
  );
});

test('strided blocks are packed, and cut off where the file ends', async () => {
  const strides = fc.record({
    offset: fc.nat(6_000),
    blockBytes: fc.nat(300),
    gap: fc.nat(200),
    count: fc.nat(40),
  });
  await fc.assert(
    fc.asyncProperty(strides, unflushedWrites, async ({ offset, blockBytes, gap, count }, writes) => {
      const { file, whole } = fileWith(writes);
      const range = { offset, blockBytes, strideBytes: blockBytes + gap, count };
      const blocks = Array.from({ length: count }, (_, index) => {
        const start = offset + index * range.strideBytes;
        return whole.subarray(start, start + blockBytes);
      });
      const expected = new Uint8Array(Buffer.concat(blocks));
      assert.deepEqual(await readStrided(file, range, scope), expected);
      assert.equal(stridedBytes(range, whole.length), expected.length);
    }),
    { numRuns: 200 },
  );
  const data = Uint8Array.from([1, 2, 3, 4, 5, 6]);
  const parts = [...partsOfStrided({ offset: 7, blockBytes: 2, strideBytes: 100, count: 3 }, data)];
  assert.deepEqual(
    parts.map(({ offset, data: part }) => [offset, ...part]),
    [
      [7, 1, 2],
      [107, 3, 4],
      [207, 5, 6],
    ],
  );
});

test('what overlaps, overflows or exceeds the buffer is refused before anything is moved', async () => {
  const { file } = fileWith([]);
  const buffer = new Uint8Array(100);
  const twice = datatype.view(datatype.hvector(3, 4, 2, datatype.bytes(1)));
  const plain = datatype.view(datatype.bytes(1));
  const invalid = (message: RegExp) => ({ code: 'INVALID_ARGUMENT', message });
  assert.throws(() => partsOfView(buffer, { file: twice, length: 12 }), invalid(/the file datatype .* more than once/));
  assert.throws(() => partsOfView(buffer, { file: plain, length: 101 }), invalid(/byte 101 of a buffer of 100/));
  assert.throws(
    () => partsOfView(buffer, { file: datatype.view(datatype.bytes(1), FILE_BYTES_MAX - 50) }),
    invalid(/past byte/),
  );
  assert.throws(() => partsOfView(buffer, { file: plain, memory: plain }), invalid(/length must say/));
  assert.throws(() => partsOfView(buffer, { file: plain, filePosition: 2 ** 53 }), invalid(/filePosition|position/));
  const reading = (access: Parameters<typeof readView>[2]) => readView(file, buffer, access, scope);
  await assert.rejects(reading({ file: plain, memory: twice, length: 12 }), invalid(/the memory datatype/));
  await assert.rejects(reading({ file: plain, length: 101 }), invalid(/byte 101 of a buffer of 100/));
  assert.equal(await reading({ file: twice, length: 12 }), 12);
  const strided = { offset: 0, blockBytes: 10, strideBytes: 20, count: 3 };
  assert.throws(() => partsOfStrided({ ...strided, strideBytes: 9 }, new Uint8Array(30)), invalid(/overlap/));
  assert.throws(() => partsOfStrided(strided, new Uint8Array(29)), invalid(/are 30, but there are 29/));
  assert.throws(() => partsOfStrided({ ...strided, offset: -1 }, new Uint8Array(30)), invalid(/offset is -1/));
  await assert.rejects(
    readStrided(file, { ...strided, count: 2 ** 50, strideBytes: 2 ** 10 }, scope),
    invalid(/2\^53/),
  );
});
