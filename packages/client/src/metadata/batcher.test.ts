import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CallOptions, CallStatus, type Network, StatusCode } from '@tessera/env';
import { BATCH_OPERATIONS_MAX, TesseraError, toCallStatus, v1 } from '@tessera/protocol';
import { Counters } from '../counters.js';
import { BATCHES_IN_FLIGHT_MAX, GATHER_MS_MAX } from '../limits.js';
import { Scopes } from '../scope.js';
import { ManualClock, settled } from '../testing/manual-clock.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { Batcher } from './batcher.js';
import { SequenceFloor } from './sequence-floor.js';
import type { Session } from './session.js';

type Answer = (operation: v1.Operation) => v1.OperationResult.$Properties;

interface Call {
  readonly request: v1.BatchRequest;
  /** Answers each operation; by default each stat with inode 1 and each mutation with its kind. */
  answer(answer?: Answer): void;
  fail(error: Error): void;
}

function makeSession(id: number): Session {
  return { context: { session: Uint8Array.of(id) }, clusterId: new Uint8Array(16), sequences: new SequenceFloor() };
}

function setUp() {
  const clock = new ManualClock();
  const calls: Call[] = [];
  const network = {
    call: (_address: string, _path: string, bytes: Uint8Array, _options: CallOptions) =>
      new Promise<Uint8Array>((resolve, reject) => {
        const request = v1.BatchRequest.decode(bytes);
        calls.push({
          request,
          answer: (answer = (operation) => ({ [operation.request as string]: {} })) =>
            resolve(v1.BatchReply.encode({ results: (request.operations as v1.Operation[]).map(answer) }).finish()),
          fail: reject,
        });
      }),
  } as unknown as Network;
  const random = new SeededRandom(1);
  const counters = new Counters();
  let sessions = 1;
  const batcher = new Batcher({
    env: { clock, random, network },
    address: 'meta:1',
    session: makeSession(1),
    counters,
    reopen: async () => makeSession(++sessions),
    onMapVersion: () => {},
  });
  const scopes = new Scopes(clock, 60_000);
  const stat = (name = 'a') =>
    scopes.run('stat', undefined, (scope) =>
      batcher.submit('stat', { node: { path: new TextEncoder().encode(name) } }, scope),
    );
  const mkdir = (options?: { deadlineMs?: number; signal?: AbortSignal }) =>
    scopes.run('mkdir', options, (scope) => batcher.submit('mkdir', { node: {} }, scope));
  return { clock, calls, batcher, counters, stat, mkdir };
}

const unavailable = () => new CallStatus(StatusCode.UNAVAILABLE, 'connection dropped');

/** The code a promise fails with. */
async function failureOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => assert.fail('it succeeded'),
    (thrown) => thrown,
  );
  assert.ok(error instanceof TesseraError);
  return error.code;
}

function operationsOf(call: Call | undefined): number {
  return call?.request.operations.length ?? 0;
}

test('operations of one turn share calls, and what comes later gathers while calls are out', async () => {
  const { calls, stat } = setUp();
  const first = Array.from({ length: 60 }, () => stat());
  await settled();
  assert.deepEqual(calls.map(operationsOf), [30, 30]);
  const second = Array.from({ length: 30 }, () => stat());
  await settled();
  assert.equal(calls.length, BATCHES_IN_FLIGHT_MAX, 'no more calls at a time');
  calls[0]?.answer();
  await settled();
  assert.equal(operationsOf(calls[2]), 30);
  for (const call of calls.slice(1)) call.answer();
  await Promise.all([...first, ...second]);
});

test('a lone operation goes at once, and a call never carries too many', async () => {
  const { calls, stat } = setUp();
  const one = stat();
  await settled();
  assert.equal(operationsOf(calls[0]), 1);
  calls[0]?.answer();
  await one;
  const many = Array.from({ length: 4 * BATCH_OPERATIONS_MAX }, () => stat());
  await settled();
  assert.equal(operationsOf(calls[1]), BATCH_OPERATIONS_MAX);
  for (let index = 1; index < calls.length; index++) {
    calls[index]?.answer();
    await settled();
  }
  await Promise.all(many);
});

test('a few reads gather while a call is out, but not for long; a mutation does not wait', async () => {
  const { calls, stat, mkdir, clock } = setUp();
  const first = stat();
  await settled();
  const second = [stat(), stat()];
  await settled();
  assert.equal(calls.length, 1);
  await clock.advance(GATHER_MS_MAX);
  assert.equal(operationsOf(calls[1]), 2);
  calls[1]?.answer();
  await Promise.all(second);
  const third = [stat(), mkdir()];
  await settled();
  assert.equal(operationsOf(calls[2]), 2);
  calls[2]?.answer();
  calls[0]?.answer();
  await Promise.all([first, ...third]);
});

test('each operation gets its own answer or error', async () => {
  const { calls, stat, mkdir } = setUp();
  const good = stat('good');
  const bad = stat('bad');
  const made = mkdir();
  await settled();
  calls[0]?.answer((operation) => {
    if (operation.mkdir) return { mkdir: { created: true } };
    const name = new TextDecoder().decode(operation.stat?.node?.path ?? new Uint8Array());
    if (name === 'bad') return { error: { code: 'NOT_FOUND', message: 'no bad' } };
    return { stat: { attributes: { mode: 7 } } };
  });
  assert.equal((await good).attributes?.mode, 7);
  assert.equal((await made).created, true);
  assert.equal(await failureOf(bad), 'NOT_FOUND');
});

test('a call that fails on the way is repeated with the same sequences', async () => {
  const { calls, mkdir, clock, counters } = setUp();
  const made = [mkdir(), mkdir()];
  await settled();
  const sequences = calls[0]?.request.operations.map((operation) => Number(operation.sequence));
  assert.deepEqual(sequences, [1, 2]);
  for (let attempt = 0; attempt < 6; attempt++) {
    calls[attempt]?.fail(unavailable());
    await clock.advance(2_000);
    const again = calls[attempt + 1]?.request.operations.map((operation) => Number(operation.sequence));
    assert.deepEqual(again, sequences);
  }
  calls[6]?.answer();
  await Promise.all(made);
  assert.equal(counters.retries, 6);
});

test('an operation that the metaserver has no time for is repeated, the others of its call are answered', async () => {
  const { calls, stat, clock } = setUp();
  const quick = stat('quick');
  const slow = stat('slow');
  await settled();
  calls[0]?.answer((operation) =>
    operation.stat?.node?.path?.[0] === 's'.charCodeAt(0) ? { error: { code: 'OVERLOADED' } } : { stat: {} },
  );
  await quick;
  await clock.advance(2_000);
  assert.equal(operationsOf(calls[1]), 1);
  calls[1]?.answer();
  await slow;
});

test('an operation that a metaserver on its way down refuses is repeated under its sequence, not given up', async () => {
  const { calls, mkdir, stat, clock } = setUp();
  const made = mkdir();
  const seen = stat();
  await settled();
  calls[0]?.answer(() => ({ error: { code: 'UNAVAILABLE', message: 'the metaserver is stopping' } }));
  await clock.advance(2_000);
  assert.deepEqual(
    calls[1]?.request.operations.map((operation) => Number(operation.sequence)),
    [1, 0],
  );
  calls[1]?.answer();
  await Promise.all([made, seen]);
});

test('whether a mutation took effect that such a metaserver has refused is unknown, and the error says why', async () => {
  const { calls, mkdir, clock } = setUp();
  const given = mkdir({ deadlineMs: 1_000 }).catch((thrown) => thrown);
  await settled();
  calls[0]?.answer(() => ({ error: { code: 'UNAVAILABLE', message: 'the metadata store has failed' } }));
  await clock.advance(2_000);
  const error = await given;
  assert.match(error.message, /the metadata store has failed.*whether it took effect is unknown/);
  assert.ok(error.cause instanceof Error);
});

test('the floor follows the results, and passes what was given up', async () => {
  const { calls, mkdir, clock } = setUp();
  const controller = new AbortController();
  const given = mkdir({ signal: controller.signal });
  const kept = mkdir();
  await settled();
  assert.equal(Number(calls[0]?.request.acknowledgedBelow), 1);
  calls[0]?.fail(unavailable());
  await settled();
  controller.abort();
  const error = await given.catch((thrown) => thrown);
  assert.equal(error.code, 'CANCELLED');
  assert.match(error.message, /whether it took effect is unknown/);
  await clock.advance(2_000);
  const [again] = calls.slice(-1);
  assert.deepEqual(
    again?.request.operations.map((operation) => Number(operation.sequence)),
    [2],
  );
  assert.equal(Number(again?.request.acknowledgedBelow), 2);
  again?.answer();
  await kept;
  const next = mkdir();
  await settled();
  assert.equal(Number(calls.at(-1)?.request.acknowledgedBelow), 3);
  calls.at(-1)?.answer();
  await next;
});

test('without an answer an operation ends at its deadline and says what went wrong last', async () => {
  const { calls, mkdir, clock } = setUp();
  const made = mkdir({ deadlineMs: 3_000 }).catch((thrown) => thrown);
  for (let second = 0; second < 4; second++) {
    await settled();
    calls.at(-1)?.fail(unavailable());
    await clock.advance(1_000);
  }
  const error = await made;
  assert.equal(error.code, 'DEADLINE_EXCEEDED');
  assert.match(error.message, /connection dropped/);
});

test('after the session has ended, what was never executed goes into a new one', async () => {
  const { calls, stat, mkdir } = setUp();
  const read = stat();
  const made = mkdir();
  await settled();
  calls[0]?.answer((operation) => (operation.stat ? { stat: {} } : { error: { code: 'SESSION_EXPIRED' } }));
  await read;
  await settled();
  assert.deepEqual([...(calls[1]?.request.context?.session ?? [])], [2]);
  assert.equal(Number(calls[1]?.request.operations[0]?.sequence), 1);
  calls[1]?.answer();
  await made;
});

test('a mutation that may have been executed before the session ended has an unknown outcome', async () => {
  const { calls, mkdir, stat, clock } = setUp();
  const made = mkdir();
  const read = stat();
  await settled();
  calls[0]?.fail(unavailable());
  await clock.advance(2_000);
  calls[1]?.fail(toCallStatus(new TesseraError('SESSION_EXPIRED', 'gone')));
  assert.equal(await failureOf(made), 'OUTCOME_UNKNOWN');
  await settled();
  calls[2]?.answer();
  await read;
});

test('a mutation that waits to be repeated does not slip into the next session under its old sequence', async () => {
  const { calls, mkdir, clock } = setUp();
  const busy = mkdir();
  const expired = mkdir();
  await settled();
  const unanswered = mkdir();
  await settled();
  assert.equal(calls.length, 2);
  calls[0]?.answer((operation) => ({
    error: { code: Number(operation.sequence) === 1 ? 'OVERLOADED' : 'SESSION_EXPIRED' },
  }));
  calls[1]?.fail(unavailable());
  const told = failureOf(unanswered);
  await clock.advance(2_000);
  assert.equal(await told, 'OUTCOME_UNKNOWN');
  // Only what was certainly not executed goes on, numbered anew.
  assert.equal(calls.length, 3);
  assert.deepEqual([...(calls[2]?.request.context?.session ?? [])], [2]);
  assert.deepEqual(
    calls[2]?.request.operations.map((operation) => Number(operation.sequence)),
    [1, 2],
  );
  calls[2]?.answer();
  await Promise.all([busy, expired]);
});

test('an answer that cannot be is an error, not a hang', async () => {
  const { calls, stat } = setUp();
  const one = stat();
  await settled();
  calls[0]?.answer(() => ({ mkdir: {} }));
  assert.equal(await failureOf(one), 'INTERNAL');
});
