import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { v1 } from '../generated/v1.js';
import { toBigInt, toLong, toSafeNumber } from './int64.js';

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('int64', () => {
  it('carries every uint64 through a message as bigint', () => {
    fc.assert(
      fc.property(uint64, (value) => {
        const bytes = v1.Attributes.encode({ createdNs: toLong(value) }).finish();
        assert.equal(toBigInt(v1.Attributes.decode(bytes).createdNs), value);
      }),
    );
  });

  it('carries safe integers through a message as numbers', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = v1.Attributes.encode({ bytes: value }).finish();
        assert.equal(toSafeNumber(v1.Attributes.decode(bytes).bytes), value);
      }),
    );
  });

  it('refuses numbers a double cannot hold', () => {
    for (const value of [2n ** 53n, 2n ** 64n - 1n]) {
      assert.throws(() => toSafeNumber(toLong(value)), { code: 'INVALID_ARGUMENT' });
    }
    assert.equal(toSafeNumber(toLong(2n ** 53n - 1n)), Number.MAX_SAFE_INTEGER);
  });
});
