import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inParallel } from './many.js';
import { settled } from './testing/manual-clock.js';

test('every item is worked on, never more than allowed at a time', async () => {
  let running = 0;
  let most = 0;
  const work = async (item: number) => {
    running++;
    most = Math.max(most, running);
    for (let turn = 0; turn < 30 + (item % 5); turn++) await Promise.resolve();
    running--;
    return item * 2;
  };
  const results: number[] = [];
  for await (const result of inParallel(
    Array.from({ length: 100 }, (_, index) => index),
    7,
    work,
  )) {
    results.push(result);
  }
  assert.equal(most, 7);
  assert.deepEqual(
    results.sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, index) => index * 2),
  );
});

test('a consumer that takes its time holds the work back', async () => {
  let started = 0;
  const results = inParallel(new Array(100).fill(0), 4, async () => ++started);
  const iterator = results[Symbol.asyncIterator]();
  await iterator.next();
  await settled();
  assert.ok(started <= 5, `${started} were started`);
});

test('items may come asynchronously, and their failure is told', async () => {
  async function* items() {
    yield 1;
    yield 2;
    throw new Error('no more paths');
  }
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const result of inParallel(items(), 1, async (item) => item)) seen.push(result);
  }, /no more paths/);
});

test('a consumer that leaves early stops the source', async () => {
  let returned = false;
  const source = {
    next: () => ({ done: false, value: 1 }),
    return: () => {
      returned = true;
      return { done: true, value: undefined };
    },
    [Symbol.iterator]() {
      return this;
    },
  } as unknown as Iterable<number>;
  for await (const _ of inParallel(source, 2, async (item) => item)) break;
  assert.ok(returned);
});

test('nothing to do is done at once', async () => {
  for await (const _ of inParallel([], 3, async () => assert.fail())) assert.fail();
});
