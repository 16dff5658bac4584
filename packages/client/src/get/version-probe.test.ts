import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TesseraError, toLong } from '@tessera/protocol';
import type { OperationSink } from '../metadata/batcher.js';
import { Scopes } from '../scope.js';
import { ManualClock, settled } from '../testing/manual-clock.js';
import { VersionProbe } from './version-probe.js';

/** Questions are answered by hand, in the order in which they came. */
function setUp() {
  const scopes = new Scopes(new ManualClock(), 60_000);
  const questions: PromiseWithResolvers<object>[] = [];
  const submit = () => {
    const question = withResolvers<object>();
    questions.push(question);
    return question.promise;
  };
  const probe = new VersionProbe({ scopes, batcher: { submit } as unknown as OperationSink }, {}, 'test');
  const answer = async (index: number, version: bigint) => {
    questions[index]?.resolve({ attributes: { contentVersion: toLong(version) } });
    await settled();
  };
  return { scopes, questions, probe, answer };
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let settle: Pick<PromiseWithResolvers<T>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as Pick<PromiseWithResolvers<T>, 'resolve' | 'reject'>) };
}

test('a question serves those who began before it, also once it is answered, and nobody else', async () => {
  const { scopes, questions, probe, answer } = setUp();
  const scope = scopes.open('test');
  const moment = probe.now;
  const first = probe.since(moment, scope);
  const same = probe.since(moment, scope);
  const later = probe.now;
  const others = [probe.since(later, scope), probe.since(later, scope)];
  assert.equal(questions.length, 1);
  await answer(0, 1n);
  assert.deepEqual([await first, await same, await probe.since(moment, scope)], [1n, 1n, 1n]);
  assert.equal(questions.length, 2);
  await answer(1, 2n);
  assert.deepEqual(await Promise.all(others), [2n, 2n]);
  assert.equal(await probe.since(moment, scope), 2n);
  assert.equal(questions.length, 2);
  void probe.since(probe.now, scope);
  assert.equal(questions.length, 3);
});

test('a question that failed fails its own askers alone', async () => {
  const { scopes, questions, probe, answer } = setUp();
  const scope = scopes.open('test');
  const moment = probe.now;
  const first = probe.since(moment, scope);
  const second = probe.since(probe.now, scope);
  questions[0]?.reject(new TesseraError('NOT_FOUND', 'gone'));
  await assert.rejects(first, { code: 'NOT_FOUND' });
  await settled();
  await answer(1, 4n);
  assert.equal(await second, 4n);
  assert.equal(await probe.since(moment, scope), 4n);
});

test('one who gives up leaves the question to the others', async () => {
  const { scopes, probe, answer } = setUp();
  const [one, other] = [scopes.open('one'), scopes.open('other')];
  void probe.since(probe.now, other);
  const moment = probe.now;
  const given = probe.since(moment, one);
  const kept = probe.since(moment, other);
  one.end(new TesseraError('CANCELLED', 'enough'));
  await assert.rejects(given, { code: 'CANCELLED' });
  await answer(0, 1n);
  await answer(1, 2n);
  assert.equal(await kept, 2n);
});
