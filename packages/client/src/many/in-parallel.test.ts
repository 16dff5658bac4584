import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { settled } from '../testing/manual-clock.js';
import { inParallel } from './in-parallel.js';

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
    { itemsMax: 7 },
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
  const results = inParallel(new Array(100).fill(0), { itemsMax: 4 }, async () => ++started);
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
    for await (const result of inParallel(items(), { itemsMax: 1 }, async (item) => item)) seen.push(result);
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
  for await (const _ of inParallel(source, { itemsMax: 2 }, async (item) => item)) break;
  assert.ok(returned);
});

test('nothing to do is done at once', async () => {
  for await (const _ of inParallel([], { itemsMax: 3 }, async () => assert.fail())) assert.fail();
});

test('bytes under way are bounded, but one item alone may have more', async () => {
  const sizes = fc.array(fc.nat(120), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 8 }), async (items, itemsMax) => {
      const running: number[] = [];
      const work = async (size: number) => {
        running.push(size);
        const bytes = running.reduce((sum, one) => sum + one, 0);
        assert.ok(running.length <= itemsMax && (bytes <= 100 || running.length === 1), `${running} under way`);
        for (let turn = 0; turn < size % 5; turn++) await Promise.resolve();
        running.splice(running.indexOf(size), 1);
        return size;
      };
      const seen: number[] = [];
      for await (const size of inParallel(items, { itemsMax, bytesMax: 100, bytesOf: (size) => size }, work)) {
        seen.push(size);
      }
      const ascending = (one: number, other: number) => one - other;
      assert.deepEqual(seen.sort(ascending), items.sort(ascending));
    }),
  );
});

test('bytes of results that nobody took count', async () => {
  let started = 0;
  const limits = { itemsMax: 100, bytesMax: 10, bytesOf: () => 4 };
  const results = inParallel(new Array(100).fill(0), limits, async () => ++started);
  await results[Symbol.asyncIterator]().next();
  await settled();
  assert.ok(started <= 3, `${started} were started`);
});
