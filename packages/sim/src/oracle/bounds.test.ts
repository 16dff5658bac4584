import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBounds, leftovers, type Measure } from './bounds.js';
import { OracleViolation } from './violation.js';

const queue = (value: number): Measure => ({ what: 'operations', value, limit: 10, atRest: 0 });

test('what grows past its bound is found', () => {
  checkBounds('metaserver', [queue(10), { what: 'bytes of cache', value: 3, limit: 3 }]);
  assert.throws(() => checkBounds('metaserver', [queue(3), queue(11)]), OracleViolation);
});

test('what is left at rest is told, what a daemon keeps for itself is not', () => {
  assert.deepEqual(leftovers('metaserver', [queue(0), { what: 'bytes of cache', value: 3, limit: 3 }]), []);
  assert.deepEqual(leftovers('metaserver', [queue(2)]), ['metaserver has 2 operations instead of 0']);
});
