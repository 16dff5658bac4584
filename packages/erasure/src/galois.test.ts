import assert from 'node:assert/strict';
import { test } from 'node:test';
import { divide, multiply } from './galois.js';
import { referenceMultiply } from './testing/reference-code.js';

test('every product is the one by shifting and adding', () => {
  for (let left = 0; left < 256; left++) {
    for (let right = 0; right < 256; right++) {
      assert.equal(multiply(left, right), referenceMultiply(left, right), `${left} * ${right}`);
    }
  }
});

test('division undoes multiplication', () => {
  for (let value = 0; value < 256; value++) {
    for (let divisor = 1; divisor < 256; divisor++) {
      assert.equal(divide(multiply(value, divisor), divisor), value, `${value} * ${divisor} / ${divisor}`);
    }
  }
});
