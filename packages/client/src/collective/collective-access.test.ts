import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, TesseraError } from '@tessera/protocol';
import fc from 'fast-check';
import * as datatype from '../datatype/index.js';
import type { ViewAccess } from '../file/view-api.js';
import { COMMIT_ATTEMPTS_MAX } from '../limits.js';
import { ManualClock } from '../testing/manual-clock.js';
import { PIECE_BYTES_MIN, PIECE_SHRINK, TICKS_PER_DEADLINE } from './limits.js';
import { Mesh } from './mesh.js';
import { type Message, MessageKind, message } from './message.js';
import { rankFailures } from './rank-failures.js';

import {
  at,
  BYTE,
  DEADLINE_MS,
  errorOf,
  groupOf,
  type ModelHandle,
  readAll,
  SEGMENT_BYTES,
  writeAll,
} from './testing/model-group.js';

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
  extentsPerCommitMax: fc.constantFrom(2, 1_000),
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
    fc.asyncProperty(shape, async ({ ranks, aggregators, roundBytes, fileBytes, extentsPerCommitMax }) => {
      const group = groupOf(ranks.length, { aggregators, roundBytes, extentsPerCommitMax });
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
  // Whole segments, and all of them in one commit.
  assert.deepEqual(
    group.handles.map(({ longestWrite }) => longestWrite),
    [SEGMENT_BYTES, 0, SEGMENT_BYTES, 0],
  );
  assert.deepEqual(group.model.commits, [2_048 / SEGMENT_BYTES]);
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

const refused = (code: ErrorCode) => new TesseraError(code, 'not this one');
const committed = (outcome: PromiseSettledResult<unknown>) =>
  rankFailures(errorOf(outcome))?.domains.map((domain) => domain.committed);

test('a failure before the commit leaves nothing at all; one in it leaves nothing or is said to be open', async () => {
  const group = groupOf(3);
  const write = () =>
    group.all((rank, file, mesh) => writeAll(mesh, file, new Uint8Array(64).fill(9), at(rank * 64, 64)));
  const [first, second] = group.handles as [ModelHandle, ModelHandle];
  second.failWrite = refused('DISK_FULL');
  for (const outcome of await write()) {
    assert.equal(errorOf(outcome).code, 'DISK_FULL');
    assert.deepEqual(committed(outcome), ['none', 'none', 'none']);
  }
  second.failWrite = undefined;
  for (const [code, left, text] of [
    ['DISK_FULL', 'none', /^rank 0: not this one$/],
    ['OUTCOME_UNKNOWN', 'unknown', /^rank 0: not this one; of the file, \[0, 64\) may be committed, \[64, 128\)/],
  ] as const) {
    first.failCommit = refused(code);
    for (const outcome of await write()) {
      assert.equal(errorOf(outcome).code, code);
      assert.match(errorOf(outcome).message, text);
      assert.deepEqual(committed(outcome), [left, left, left]);
    }
  }
  assert.equal(group.model.version, 1n);
  first.failCommit = undefined;
  assert.ok((await write()).every(({ status }) => status === 'fulfilled'));
  assert.deepEqual(group.model.commits, [3]);
});

test('what is more than one commit takes is committed by domains, each outcome told', async () => {
  const group = groupOf(3, { extentsPerCommitMax: 2 });
  const write = (bytes: number) =>
    group.all((rank, file, mesh) => writeAll(mesh, file, new Uint8Array(bytes).fill(9), at(rank * bytes, bytes)));
  assert.ok((await write(192)).every(({ status }) => status === 'fulfilled'));
  assert.deepEqual(group.model.commits.toSorted(), [1, 1, 1, 2, 2, 2]);
  (group.handles[1] as ModelHandle).failCommit = refused('DISK_FULL');
  for (const outcome of await write(192)) {
    assert.equal(errorOf(outcome).code, 'DISK_FULL');
    assert.match(errorOf(outcome).message, /rank 1: not this one; of the file, \[0, 192\) was committed, \[384, 576\)/);
    assert.deepEqual(committed(outcome), ['all', 'none', 'all']);
  }
});

test('a refused commit is tried again with everything written anew, a bounded number of times', async () => {
  const group = groupOf(2);
  const write = () =>
    group.all((rank, file, mesh) => writeAll(mesh, file, new Uint8Array(64).fill(5), at(rank * 64, 64)));
  group.model.refusals = [refused('LEASE_CLOSED'), refused('COMMIT_REFUSED')];
  assert.ok((await write()).every(({ status }) => status === 'fulfilled'));
  for (const { ends } of group.handles) assert.deepEqual(ends, ['LEASE_CLOSED', 'COMMIT_REFUSED', undefined]);
  // Each attempt wrote both pieces.
  assert.equal(group.model.stripes.size, 6);
  group.model.refusals = new Array(100).fill(refused('RECEIPT_REFUSED'));
  for (const outcome of await write()) {
    assert.equal(errorOf(outcome).code, 'RECEIPT_REFUSED');
    assert.deepEqual(committed(outcome), ['none', 'none']);
  }
  assert.equal(group.model.refusals.length, 100 - COMMIT_ATTEMPTS_MAX);
});

test('what covers more than a commit may is committed in parts', async () => {
  const group = groupOf(2);
  const write = () =>
    group.all((rank, file, mesh) => writeAll(mesh, file, new Uint8Array(128).fill(5), at(rank * 128, 128)));
  group.model.refusals = [refused('TOO_LARGE'), refused('TOO_LARGE')];
  assert.ok((await write()).every(({ status }) => status === 'fulfilled'));
  // Not together; the first domain's two extents not at once either.
  assert.deepEqual(group.model.commits.toSorted(), [1, 1, 2]);
  assert.ok(group.model.content.length === 256 && group.model.content.every((byte) => byte === 5));
  group.model.refusals = new Array(1_000).fill(refused('TOO_LARGE'));
  for (const outcome of await write()) assert.equal(errorOf(outcome).code, 'TOO_LARGE');
});

test('a segment that covers more than a commit may is written anew in smaller pieces', async () => {
  const [segmentBytes, roundBytes] = [16 * PIECE_BYTES_MIN, 1_000_000];
  const group = groupOf(1, { segmentBytes, roundBytes });
  group.model.refusals = [refused('TOO_LARGE'), refused('TOO_LARGE')];
  const write = () =>
    group.all((_, file, mesh) => writeAll(mesh, file, new Uint8Array(segmentBytes), at(0, segmentBytes)));
  assert.ok((await write()).every(({ status }) => status === 'fulfilled'));
  assert.deepEqual(group.model.commits, [PIECE_SHRINK]);
});

test('a rank that takes nothing of what it is sent is named, and not waited for any longer', async () => {
  const clock = new ManualClock();
  const mesh = new Mesh({ rank: 0, size: 2, clock, deadlineMs: DEADLINE_MS });
  const sent: Message[] = [];
  const send = (one: Message) => {
    sent.push(one);
    return new Promise<void>(() => {});
  };
  mesh.attach(1, { send, end() {}, destroy: () => mesh.eventsOf(1).close() });
  const sending = mesh.run(() => mesh.send(1, message(MessageKind.DATA, {}, new Uint8Array(10))));
  for (let tick = 0; tick < TICKS_PER_DEADLINE; tick++) await clock.advance(DEADLINE_MS / TICKS_PER_DEADLINE);
  await sending;
  assert.match(mesh.failure?.message ?? '', /^rank 1: it has not been heard of for 8000 ms/);
  assert.ok(mesh.signal.aborted);
  // Neither is what comes later.
  await mesh.send(1, message(MessageKind.DATA));
  assert.equal(sent.filter(({ kind }) => kind === MessageKind.DATA).length, 1);
});

test('more ranges than one rank may have, or all in one domain, are refused at every rank', async () => {
  const pieces = (count: number, rank: number): ViewAccess => ({
    file: datatype.view(datatype.resized(datatype.bytes(1), 0, 8), rank),
    length: count,
  });
  const group = groupOf(3, { aggregators: 1, rangesPerCallMax: 10, rangesPerDomainMax: 25 });
  const write = (counts: number[]) =>
    group.all((rank, file, mesh) => writeAll(mesh, file, new Uint8Array(20), pieces(counts[rank] as number, rank)));
  const read = (counts: number[]) =>
    group.all((rank, file, mesh) => readAll(mesh, file, new Uint8Array(20), pieces(counts[rank] as number, rank)));
  for (const call of [write, read]) {
    for (const outcome of await call([10, 11, 1])) {
      assert.equal(errorOf(outcome).code, 'TOO_LARGE');
      assert.match(
        errorOf(outcome).message,
        /^rank 1: it has more than 10 ranges in one collective call; make several/,
      );
    }
    for (const outcome of await call([10, 10, 6])) {
      assert.equal(errorOf(outcome).code, 'TOO_LARGE');
      assert.match(
        errorOf(outcome).message,
        /^rank 0: all ranks together have 26 ranges .* more than 25; make several/,
      );
    }
  }
  assert.equal(group.model.version, 1n);
  assert.ok((await write([10, 10, 5])).every(({ status }) => status === 'fulfilled'));
});

test('a rank whose handle only reads is named before anything moves', async () => {
  const group = groupOf(2);
  (group.handles[1] as ModelHandle).readOnly = true;
  const outcomes = await group.all((rank, file, mesh) => writeAll(mesh, file, new Uint8Array(1), at(rank, 1)));
  for (const outcome of outcomes) assert.match(errorOf(outcome).message, /^rank 1: it is not open for writing/);
  assert.equal(group.model.stripes.size, 0);
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
