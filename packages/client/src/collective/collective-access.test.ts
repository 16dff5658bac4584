import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TesseraError } from '@tessera/protocol';
import fc from 'fast-check';
import type { Attributes } from '../api.js';
import * as datatype from '../datatype/index.js';
import type { ViewAccess } from '../file/view-api.js';
import { ManualClock } from '../testing/manual-clock.js';
import { type GroupHandle, readAll, type SharedFile, writeAll } from './collective-access.js';
import { TICKS_PER_DEADLINE } from './limits.js';
import { localMeshes } from './local-group.js';
import { rankFailures } from './rank-failures.js';

const SEGMENT_BYTES = 64;
const DEADLINE_MS = 8_000;

/** What all handles of a file share. */
class ModelFile {
  content: Uint8Array = new Uint8Array(0);
  version = 1n;

  commit(parts: readonly { offset: number; data: Uint8Array }[]): void {
    const end = Math.max(this.content.length, ...parts.map(({ offset, data }) => offset + data.length));
    const content = new Uint8Array(end);
    content.set(this.content);
    for (const { offset, data } of parts) content.set(data, offset);
    this.content = content;
    this.version++;
  }
}

class ModelHandle implements GroupHandle {
  readonly #file: ModelFile;
  #unflushed: { offset: number; data: Uint8Array }[] = [];
  #attributes = { contentVersion: 1n } as Attributes;
  failWrite = false;
  failFlush = false;
  longestWrite = 0;

  constructor(file: ModelFile) {
    this.#file = file;
  }

  get attributes(): Attributes {
    return this.#attributes;
  }

  async readvInto(buffer: Uint8Array, ranges: readonly datatype.ByteRange[]): Promise<number[]> {
    let at = 0;
    return ranges.map(({ offset, length }) => {
      const part = this.#file.content.subarray(offset, offset + length);
      buffer.set(part, at);
      at += length;
      return part.length;
    });
  }

  async writev(parts: readonly { offset: number; data: Uint8Array }[]): Promise<void> {
    if (this.failWrite) throw new TesseraError('DISK_FULL', 'no room');
    for (const { offset, data } of parts) {
      this.longestWrite = Math.max(this.longestWrite, data.length);
      this.#unflushed.push({ offset, data: data.slice() });
    }
  }

  async flush(): Promise<Attributes> {
    if (this.#unflushed.length === 0) return this.#attributes;
    if (this.failFlush) throw new TesseraError('COMMIT_REFUSED', 'not this one');
    this.#file.commit(this.#unflushed.splice(0));
    this.#attributes = { contentVersion: this.#file.version } as Attributes;
    return this.#attributes;
  }

  writableStream(): WritableStream<Uint8Array> {
    return new WritableStream({
      abort: () => {
        this.#unflushed = [];
      },
    });
  }

  async close(): Promise<void> {}
}

function groupOf(size: number, { aggregators = size, roundBytes = 100 } = {}) {
  const clock = new ManualClock();
  const model = new ModelFile();
  const meshes = localMeshes({ size, clock, deadlineMs: DEADLINE_MS });
  const handles = meshes.map(() => new ModelHandle(model));
  const all = <T>(call: (rank: number, file: SharedFile, mesh: (typeof meshes)[0]) => Promise<T>) =>
    Promise.allSettled(
      meshes.map((mesh, rank) => {
        const handle = handles[rank] as ModelHandle;
        const file = { handle, number: 0, alignBytes: SEGMENT_BYTES, aggregators, roundBytes };
        return mesh.run(() => call(rank, file, mesh));
      }),
    );
  return { clock, model, meshes, handles, all };
}

const BYTE = datatype.bytes(1);

function at(offset: number, length: number): ViewAccess {
  return { file: datatype.view(BYTE, offset), length };
}

function errorOf(outcome: PromiseSettledResult<unknown> | undefined): TesseraError {
  assert.equal(outcome?.status, 'rejected');
  return (outcome as PromiseRejectedResult).reason;
}

/** Datatypes whose copies do not overlap. */
const types = fc.oneof(
  fc.integer({ min: 1, max: 90 }).map((count) => datatype.bytes(count)),
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 20 }), fc.nat(30))
    .map(([count, block, gap]) => datatype.hvector(count, block, block + gap, BYTE)),
  fc
    .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }))
    .map(([first, second]) => datatype.hindexed([first, second], [50, 7], BYTE)),
);
const access = fc.record({
  type: types,
  displacement: fc.nat(900),
  memoryType: types,
  memoryPosition: fc.nat(40),
  filePosition: fc.nat(40),
  length: fc.nat(400),
});
const shape = fc.record({
  ranks: fc.array(access, { minLength: 1, maxLength: 5 }),
  aggregators: fc.integer({ min: 1, max: 5 }),
  roundBytes: fc.integer({ min: 1, max: 500 }),
  fileBytes: fc.nat(1_200),
});

function viewAccess(given: typeof access extends fc.Arbitrary<infer T> ? T : never) {
  const file = datatype.view(given.type, given.displacement);
  const memory = datatype.view(given.memoryType);
  const { memoryPosition, filePosition, length } = given;
  const memoryBytes = datatype.spanOf(memory, memoryPosition, length).end;
  const request = { memory, memoryBytes, memoryPosition, file, filePosition, length };
  return { request, memoryBytes, access: { file, memory, memoryPosition, filePosition, length } };
}

test('each rank reads and writes what its datatypes say, whoever moves it; overlapping writes move nothing', async () => {
  const seen = { written: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(shape, async ({ ranks, aggregators, roundBytes, fileBytes }) => {
      const group = groupOf(ranks.length, { aggregators, roundBytes });
      const before = Uint8Array.from({ length: fileBytes }, (_, index) => index % 251);
      group.model.content = before;
      const plans = ranks.map(viewAccess);
      const read = plans.map(({ memoryBytes }) => new Uint8Array(memoryBytes).fill(255));
      const expected = plans.map(({ memoryBytes }) => new Uint8Array(memoryBytes).fill(255));
      const counts = plans.map(({ request }, rank) => {
        let bytes = 0;
        for (const { fileOffset, memoryOffset, length } of datatype.transfers(request)) {
          const part = before.subarray(fileOffset, fileOffset + length);
          (expected[rank] as Uint8Array).set(part, memoryOffset);
          bytes += part.length;
        }
        return { status: 'fulfilled', value: bytes };
      });
      const calls = await group.all((rank, file, mesh) =>
        readAll(mesh, file, read[rank] as Uint8Array, plans[rank]?.access as ViewAccess),
      );
      assert.deepEqual(calls, counts);
      assert.deepEqual(read, expected);

      const writers = new Map<number, number>();
      let twice = false;
      const after = new Map<number, number>();
      const buffers = plans.map(({ memoryBytes }, rank) => new Uint8Array(memoryBytes).fill(100 + rank));
      for (const [rank, { request }] of plans.entries()) {
        for (const { fileOffset, memoryOffset, length } of datatype.transfers(request)) {
          for (let byte = 0; byte < length; byte++) {
            twice ||= writers.has(fileOffset + byte);
            writers.set(fileOffset + byte, rank);
            const value = (memoryOffset + byte * 7 + rank) % 256;
            (buffers[rank] as Uint8Array)[memoryOffset + byte] = value;
            after.set(fileOffset + byte, value);
          }
        }
      }
      const outcomes = await group.all((rank, file, mesh) =>
        writeAll(mesh, file, buffers[rank] as Uint8Array, plans[rank]?.access as ViewAccess),
      );
      if (twice) {
        seen.refused++;
        for (const outcome of outcomes) assert.equal(errorOf(outcome).code, 'INVALID_ARGUMENT');
        assert.equal(group.model.content, before);
        return;
      }
      seen.written++;
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ranks.map(() => 'fulfilled'),
      );
      const whole = new Uint8Array(Math.max(before.length, ...[...after.keys()].map((byte) => byte + 1)));
      whole.set(before);
      // A memory datatype may give one byte of memory to several places; the last value set is what it has.
      for (const [rank, { request }] of plans.entries()) {
        for (const { fileOffset, memoryOffset, length } of datatype.transfers(request)) {
          whole.set((buffers[rank] as Uint8Array).subarray(memoryOffset, memoryOffset + length), fileOffset);
        }
      }
      assert.deepEqual(group.model.content, whole);
    }),
    { numRuns: 300 },
  );
  assert.ok(seen.written > 30 && seen.refused > 30, JSON.stringify(seen));
});

test('what is interleaved among ranks reaches the file in large pieces', async () => {
  const group = groupOf(4, { aggregators: 2, roundBytes: 256 });
  const outcomes = await group.all((rank, file, mesh) => {
    const own = datatype.view(datatype.resized(datatype.bytes(8), 0, 32), rank * 8);
    return writeAll(mesh, file, new Uint8Array(512).fill(rank + 1), { file: own });
  });
  assert.ok(outcomes.every(({ status }) => status === 'fulfilled'));
  assert.equal(group.model.content.length, 2_048);
  assert.ok(group.model.content.every((byte, index) => byte === 1 + (Math.floor(index / 8) % 4)));
  assert.deepEqual(
    group.handles.map(({ longestWrite }) => longestWrite),
    [256, 0, 256, 0],
  );
});

test('a refusal or another call at one rank is an error at all, naming it, and the group goes on', async () => {
  const group = groupOf(3);
  const twice = datatype.view(datatype.hvector(3, 4, 2, BYTE));
  const refused = await group.all((rank, file, mesh) =>
    writeAll(mesh, file, new Uint8Array(12), rank === 1 ? { file: twice } : at(rank * 100, 12)),
  );
  for (const outcome of refused) {
    assert.equal(errorOf(outcome).code, 'INVALID_ARGUMENT');
    assert.match(errorOf(outcome).message, /^rank 1: .*more than once/);
    assert.deepEqual(
      rankFailures(errorOf(outcome))?.failures.map(({ rank }) => rank),
      [1],
    );
  }
  const mixed = await group.all<unknown>((rank, file, mesh) =>
    rank === 2
      ? readAll(mesh, file, new Uint8Array(1), at(0, 1))
      : writeAll(mesh, file, new Uint8Array(1), at(rank, 1)),
  );
  for (const outcome of mixed) assert.match(errorOf(outcome).message, /rank 0 calls writeAll .* rank 2 readAll/);
  const overlapping = await group.all((rank, file, mesh) =>
    writeAll(mesh, file, new Uint8Array(10), at(rank === 2 ? 8 : rank * 1_000, 10)),
  );
  for (const outcome of overlapping) assert.match(errorOf(outcome).message, /ranks 0 and 2 both write \[8, 10\)/);
  assert.equal(group.model.version, 1n);
  const fine = await group.all((rank, file, mesh) =>
    writeAll(mesh, file, new Uint8Array(10).fill(7), at(rank * 10, 10)),
  );
  assert.deepEqual(
    fine.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled'],
  );
  assert.ok(group.model.content.length === 30 && group.model.content.every((byte) => byte === 7));
});

test('a failure before the commit leaves nothing; one in it says which domains are there', async () => {
  const group = groupOf(3);
  const write = () =>
    group.all((rank, file, mesh) => writeAll(mesh, file, new Uint8Array(64).fill(9), at(rank * 64, 64)));
  (group.handles[1] as ModelHandle).failWrite = true;
  for (const outcome of await write()) {
    assert.equal(errorOf(outcome).code, 'DISK_FULL');
    const cause = rankFailures(errorOf(outcome));
    assert.deepEqual(
      cause?.domains.map(({ committed }) => committed),
      ['none', 'none', 'none'],
    );
  }
  assert.equal(group.model.version, 1n);
  (group.handles[1] as ModelHandle).failWrite = false;
  (group.handles[1] as ModelHandle).failFlush = true;
  for (const outcome of await write()) {
    assert.equal(errorOf(outcome).code, 'COMMIT_REFUSED');
    assert.match(errorOf(outcome).message, /rank 1: not this one; of the file, \[0, 64\) was committed, \[128, 192\)/);
    const cause = rankFailures(errorOf(outcome));
    assert.deepEqual(cause?.domains, [
      { rank: 0, from: 0, to: 64, committed: 'all' },
      { rank: 1, from: 64, to: 128, committed: 'none' },
      { rank: 2, from: 128, to: 192, committed: 'all' },
    ]);
  }
});

test('a rank that leaves ends the call of every other, and the group', async () => {
  const group = groupOf(3);
  const outcomes = await group.all((rank, file, mesh) =>
    rank === 2 ? mesh.close() : writeAll(mesh, file, new Uint8Array(64), at(rank * 64, 64)),
  );
  for (const outcome of outcomes.slice(0, 2)) {
    assert.equal(errorOf(outcome).code, 'UNAVAILABLE');
    assert.match(errorOf(outcome).message, /^rank 2: it has left the group/);
  }
  assert.equal(group.model.version, 1n);
  const [again] = await group.all((_, file, mesh) => readAll(mesh, file, new Uint8Array(1), at(0, 1)));
  assert.equal(errorOf(again).code, 'UNAVAILABLE');
  assert.equal(group.clock.pendingTimers, 0);
});

test('a rank that never calls is named by every other once the deadline has passed', async () => {
  const group = groupOf(3);
  const calls = group.all((rank, file, mesh) =>
    rank === 1 ? Promise.resolve() : writeAll(mesh, file, new Uint8Array(64), at(rank * 64, 64)),
  );
  for (let tick = 0; tick < TICKS_PER_DEADLINE; tick++) await group.clock.advance(DEADLINE_MS / TICKS_PER_DEADLINE);
  const outcomes = await calls;
  for (const rank of [0, 2]) {
    assert.equal(errorOf(outcomes[rank]).code, 'DEADLINE_EXCEEDED');
    assert.match(errorOf(outcomes[rank]).message, /^rank 1: it has not been heard of for 8000 ms/);
  }
  assert.equal(group.clock.pendingTimers, 0);
});
