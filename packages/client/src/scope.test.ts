import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { TesseraError } from '@tessera/protocol';
import { type Scope, Scopes } from './scope.js';
import { ManualClock } from './testing/manual-clock.js';

test('an operation ends at its deadline, and one that is done does not', async () => {
  const clock = new ManualClock();
  const scopes = new Scopes(clock, 1_000);
  const slow = scopes.run('slow', undefined, (scope) => scope.race(new Promise(() => {})));
  const quick = scopes.run('quick', { deadlineMs: 100 }, async () => 'done');
  assert.equal(await quick, 'done');
  const ended = assert.rejects(slow, { code: 'DEADLINE_EXCEEDED', message: /^slow/ });
  await clock.advance(1_100);
  await ended;
  await clock.advance(1_000);
  assert.equal(clock.pendingTimers, 0);
});

function codeOf(scope: Scope): string | undefined {
  return scope.ended?.code;
}

test('progress renews the default time, not a deadline that the caller gave', async () => {
  const clock = new ManualClock();
  const scopes = new Scopes(clock, 1_000);
  const steady = scopes.open('steady');
  const strict = scopes.open('strict', { deadlineMs: 2_000 });
  for (let step = 0; step < 5; step++) {
    await clock.advance(900);
    steady.progress();
    strict.progress();
  }
  assert.deepEqual([codeOf(steady), codeOf(strict)], [undefined, 'DEADLINE_EXCEEDED']);
  steady.rest();
  await clock.advance(5_000);
  assert.equal(codeOf(steady), undefined);
  steady.progress();
  await clock.advance(1_100);
  assert.equal(codeOf(steady), 'DEADLINE_EXCEEDED');
});

test('nobody is woken before a deadline can have passed, however often it is put off', async () => {
  class CountingClock extends ManualClock {
    fired = 0;
    override schedule(delayMs: number, callback: () => void) {
      return super.schedule(delayMs, () => {
        this.fired++;
        callback();
      });
    }
  }
  const clock = new CountingClock();
  const scopes = new Scopes(clock, 60_000);
  const waiting = scopes.open('waiting', { deadlineMs: 3_600_000 });
  const resting = scopes.open('resting');
  resting.rest();
  for (let operation = 0; operation < 1_000; operation++) {
    await scopes.run('quick', undefined, async () => {});
    await clock.advance(100);
  }
  // 100 s with one that may go on at any time: a look a minute.
  assert.ok(clock.fired <= 3, `${clock.fired} looks`);
  resting.progress();
  const short = scopes.open('short', { deadlineMs: 500 });
  await clock.advance(500);
  assert.deepEqual([short, resting, waiting].map(codeOf), ['DEADLINE_EXCEEDED', undefined, undefined]);
  await clock.advance(59_500);
  assert.deepEqual([resting, waiting].map(codeOf), ['DEADLINE_EXCEEDED', undefined]);
  resting.close();
  const before = clock.fired;
  await clock.advance(3_600_000);
  assert.equal(codeOf(waiting), 'DEADLINE_EXCEEDED');
  assert.ok(clock.fired - before <= 2, `${clock.fired - before} looks in an hour`);
});

test('one signal cancels all operations under it, with one listener that goes when they are done', async () => {
  const scopes = new Scopes(new ManualClock(), 1_000);
  const controller = new AbortController();
  const running = Array.from({ length: 100 }, () =>
    scopes.run('put', { signal: controller.signal }, (scope) => scope.race(new Promise(() => {}))),
  );
  assert.equal(getEventListeners(controller.signal, 'abort').length, 1);
  controller.abort();
  for (const outcome of await Promise.allSettled(running)) {
    assert.equal((outcome as PromiseRejectedResult).reason.code, 'CANCELLED');
  }
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  const other = new AbortController();
  await scopes.run('put', { signal: other.signal }, async () => {});
  assert.equal(getEventListeners(other.signal, 'abort').length, 0);
});

test('errors name the operation, and what is thrown is always a TesseraError', async () => {
  const scopes = new Scopes(new ManualClock(), 1_000);
  const failing = scopes.run('put /a', undefined, async () => {
    throw new TesseraError('EXISTS', 'there is one');
  });
  await assert.rejects(failing, { code: 'EXISTS', message: 'put /a: there is one' });
  const cause = new Error('bug');
  const broken = scopes.run('put /a', undefined, async () => {
    throw cause;
  });
  await assert.rejects(broken, { code: 'INTERNAL', cause });
});

test('close cancels what is under way and what comes', async () => {
  const scopes = new Scopes(new ManualClock(), 1_000);
  const running = scopes.run('put', undefined, (scope) => scope.race(new Promise(() => {})));
  scopes.close();
  await assert.rejects(running, { code: 'CANCELLED', message: /closed/ });
  await assert.rejects(
    scopes.run('put', undefined, async () => {}),
    { code: 'CANCELLED' },
  );
});
