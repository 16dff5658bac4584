import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareKeys } from './order.js';
import { prefixEnd } from './store.js';

test('keys compare as their bytes do', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ maxLength: 5 }), (one, other) => {
      assert.equal(Math.sign(compareKeys(one, other)), Buffer.compare(one, other));
    }),
  );
});

test('prefixEnd sorts after all keys of the prefix and before all others above it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3 }), fc.uint8Array({ maxLength: 5 }), (prefix, key) => {
      const end = prefixEnd(prefix);
      const hasPrefix = Buffer.compare(key.subarray(0, prefix.length), prefix) === 0;
      const inRange = compareKeys(key, prefix) >= 0 && (end === undefined || compareKeys(key, end) < 0);
      assert.equal(inRange, hasPrefix);
    }),
    { numRuns: 2_000 },
  );
  assert.equal(prefixEnd(new Uint8Array([0xff, 0xff])), undefined);
  assert.deepEqual(prefixEnd(new Uint8Array([1, 0xff])), new Uint8Array([2]));
});
