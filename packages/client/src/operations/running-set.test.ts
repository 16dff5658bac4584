import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TesseraError } from '@tessera/protocol';
import { ServerFailures } from '../cluster/server-failures.js';
import { OPERATIONS_PER_SET_MAX } from '../limits.js';
import { ManualClock, settled } from '../testing/manual-clock.js';
import type { OperationContext } from './api.js';
import { RunningSet } from './running-set.js';

/** Work that ends when it is told to. */
function work<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  let context: OperationContext | undefined;
  const run = (given: OperationContext) => {
    context = given;
    return new Promise<T>((yes, no) => {
      resolve = yes;
      reject = no;
      given.signal.addEventListener('abort', () => no(new TesseraError('CANCELLED', 'cancelled')));
    });
  };
  return { run, done: (value: T) => resolve(value), fail: (error: unknown) => reject(error), told: () => context };
}

test('outcomes come once each, in the order in which operations end', async () => {
  const set = new RunningSet(new ManualClock());
  const [a, b, c] = [work<number>(), work<number>(), work<number>()];
  const first = set.start('a', a.run);
  set.start('b', b.run);
  set.start('c', c.run);
  assert.equal(await set.any({ timeoutMs: 0 }), undefined);
  assert.deepEqual(await set.some({ timeoutMs: 0 }), []);
  const next = set.any();
  b.done(2);
  assert.deepEqual(await next.then((outcome) => outcome?.ok && outcome.value), 2);
  assert.equal(set.size, 2);
  c.done(3);
  a.fail(new TesseraError('NOT_FOUND', 'no such file'));
  await settled();
  const rest = await set.some();
  assert.deepEqual(
    rest.map(({ operation, ok }) => [operation.name, ok]),
    [
      ['c', true],
      ['a', false],
    ],
  );
  assert.equal(first.outcome, rest[1]);
  assert.deepEqual([set.size, await set.any(), await set.all()], [0, undefined, []]);
});

test('waiting has its time, and what ends later is still there', async () => {
  const clock = new ManualClock();
  const set = new RunningSet(clock);
  const slow = work<string>();
  set.start('slow', slow.run);
  const any = set.any({ timeoutMs: 100 });
  const all = set.all({ timeoutMs: 100 });
  const checked = assert.rejects(all, { code: 'DEADLINE_EXCEEDED', message: /slow/ });
  await clock.advance(100);
  assert.equal(await any, undefined);
  await checked;
  assert.equal(clock.pendingTimers, 0);
  slow.done('late');
  const [outcome] = await set.all();
  assert.ok(outcome?.ok && outcome.value === 'late');
  await assert.rejects(set.any({ timeoutMs: -1 }), { code: 'INVALID_ARGUMENT' });
});

test('progress is told of each and of all, cancelling ends what listens, one or all', async () => {
  const set = new RunningSet(new ManualClock());
  const [a, b] = [work<number>(), work<number>()];
  const first = set.start('a', a.run);
  set.start('b', b.run);
  a.told()?.progress(10, 40);
  assert.deepEqual(first.progress, { done: 10, total: 40 });
  assert.deepEqual(set.progress, { done: 10, total: undefined });
  b.told()?.progress(1, 2);
  a.told()?.progress(30);
  assert.deepEqual(set.progress, { done: 31, total: 42 });
  first.cancel();
  const cancelled = await set.any();
  assert.ok(cancelled !== undefined && !cancelled.ok && cancelled.error.code === 'CANCELLED');
  assert.deepEqual(set.progress, { done: 31, total: 42 });
  set.cancel();
  assert.equal((await set.all()).length, 1);
});

test('a failure says which servers failed, and how', async () => {
  const set = new RunningSet(new ManualClock());
  const failures = [{ server: 3, address: 'h:1', code: 'DISK_FAILED', message: 'EIO' } as const];
  set.start('servers', async () => {
    const inner = new TesseraError('DATA_LOSS', 'lost', { cause: new ServerFailures(failures) });
    throw new TesseraError('DATA_LOSS', 'get x: lost', { cause: inner });
  });
  set.start('other', async () => {
    throw new Error('a bug of the caller');
  });
  const [first, second] = await set.all();
  assert.ok(first !== undefined && !first.ok);
  assert.deepEqual(first.servers, failures);
  assert.ok(second !== undefined && !second.ok);
  assert.deepEqual([second.servers, second.error.code], [[], 'INTERNAL']);
});

test('a set that nobody takes outcomes from is bounded, and keeps nothing of those that were taken', async () => {
  const set = new RunningSet(new ManualClock());
  for (let index = 0; index < OPERATIONS_PER_SET_MAX; index++) set.start('one', async () => index);
  assert.throws(() => set.start('more', async () => 0), { code: 'OVERLOADED' });
  assert.equal((await set.all()).length, OPERATIONS_PER_SET_MAX);
  set.start('more', async () => 0);
  assert.equal(set.size, 1);
});
