import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lagrangeCoefficients } from './lagrange.js';
import { dataShardsMax, parityShardsMax } from './limits.js';
import { referenceMatrix } from './testing/reference-code.js';

test('the coefficients of each slot are its row of V·V_top⁻¹', () => {
  for (let dataCount = 1; dataCount <= dataShardsMax; dataCount++) {
    const slots = [...Array(dataCount).keys()];
    for (const [row, expected] of referenceMatrix(dataCount, parityShardsMax).entries()) {
      assert.deepEqual(lagrangeCoefficients(slots, row), expected, `rs-${dataCount} row ${row}`);
    }
  }
});

test('the parity rows of rs-4-2 and of copies are the well-known ones', () => {
  assert.deepEqual(lagrangeCoefficients([0, 1, 2, 3], 4), [27, 28, 18, 20]);
  assert.deepEqual(lagrangeCoefficients([0, 1, 2, 3], 5), [28, 27, 20, 18]);
  assert.deepEqual(lagrangeCoefficients([0], 16), [1]);
});
