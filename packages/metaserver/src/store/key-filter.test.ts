import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyFilter } from './key-filter.js';

const TABLE = 'd'.charCodeAt(0);

test('a filter lacks nothing before it is complete, no key that was added, and no key of another table', () => {
  const keys = fc.array(fc.string({ unit: 'binary-ascii', maxLength: 40 }).map((rest) => `d${rest}`));
  fc.assert(
    fc.property(keys, keys, (before, after) => {
      const filter = new KeyFilter([TABLE]);
      for (const key of before) filter.add(key);
      assert(!filter.lacks('d/absent'));
      filter.complete();
      for (const key of after) filter.add(key);
      for (const key of [...before, ...after]) assert(!filter.lacks(key), key);
      assert(!filter.lacks('e/absent'));
    }),
    { numRuns: 50 },
  );
});

test('most absent keys are known to be, also after the filter has grown', () => {
  const filter = new KeyFilter([TABLE]);
  filter.complete();
  for (const keys of [1_000, 300_000]) {
    for (let index = 0; index < keys; index++) filter.add(`d\0\0\0\0\0\0\0\x02file-${index}`);
    let unknown = 0;
    for (let index = 0; index < 10_000; index++) if (!filter.lacks(`d\0\0\0\0\0\0\0\x02other-${index}`)) unknown++;
    assert(unknown < 300, `${unknown} of 10,000 after ${keys} keys`);
    assert(!filter.lacks(`d\0\0\0\0\0\0\0\x02file-${keys - 1}`));
  }
});
