import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelProgram } from './kernel-program.js';
import { KernelProgramCache } from './kernel-program-cache.js';

function operations(held: number[], wanted: number[]): string[] {
  return kernelProgram(held, wanted).map(({ operation }) => operation);
}

test('encoding an even number of shards goes by pairs', () => {
  assert.deepEqual(operations([0, 1, 2, 3], [4, 5]), ['combinePairs']);
  assert.deepEqual(operations([0, 1, 2, 3, 4, 5], [6, 7, 8]), ['combinePairs', 'combineOneRow']);
});

test('what is not pairs goes by rows', () => {
  assert.deepEqual(operations([0, 1, 2], [3, 4]), ['combineTwoRows'], 'odd number held');
  assert.deepEqual(operations([1, 2, 3, 4], [6, 7]), ['combineTwoRows'], 'neighbours, but no pairs');
  assert.deepEqual(operations([0, 1, 2, 4], [6, 7]), ['combineTwoRows'], 'a broken pair');
  assert.deepEqual(operations([0, 1, 2, 3], [5, 6]), ['combineTwoRows'], 'wanted across pairs');
  assert.deepEqual(operations([0, 1, 2, 3], [5, 4]), ['combineTwoRows'], 'wanted in reverse');
  assert.deepEqual(operations([0, 1, 2, 3], [4]), ['combineOneRow']);
});

test('a lost pair is rebuilt by pairs from others', () => {
  assert.deepEqual(operations([2, 3, 6, 7], [0, 1]), ['combinePairs']);
});

test('the cache keeps the programs used last', () => {
  const cache = new KernelProgramCache(2);
  const first = cache.get([0, 1], [2]);
  const second = cache.get([0, 2], [1]);
  assert.equal(cache.get([0, 1], [2]), first);
  cache.get([1, 2], [0]);
  assert.equal(cache.size, 2);
  assert.equal(cache.get([0, 1], [2]), first, 'used more recently than the second');
  assert.notEqual(cache.get([0, 2], [1]), second, 'dropped');
  assert.deepEqual(cache.get([0, 2], [1]), second);
});

test('the cache tells held from wanted slots', () => {
  const cache = new KernelProgramCache(8);
  assert.notDeepEqual(cache.get([0, 1], [2, 3]), cache.get([0, 1, 2], [3]));
  assert.notDeepEqual(cache.get([0, 1], [11]), cache.get([0, 1], [1, 1]));
});
