import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contentOf } from './content.js';
import { OracleViolation, PathOracle } from './oracle.js';

const tag = { seed: 'a', bytes: 100 };
const other = { seed: 'b', bytes: 100 };

describe('PathOracle', () => {
  it('notices one wrong byte, a missing tail, and a file that must be gone', () => {
    const oracle = new PathOracle();
    oracle.acknowledge('/x', tag);
    oracle.checkContent('/x', contentOf(tag));
    const bad = contentOf(tag);
    bad[99] = (bad[99] as number) ^ 1;
    assert.throws(() => oracle.checkContent('/x', bad), OracleViolation);
    assert.throws(() => oracle.checkContent('/x', contentOf(tag).subarray(0, 99)), OracleViolation);
    assert.throws(() => oracle.checkAbsent('/x'), OracleViolation);
    oracle.acknowledge('/x', 'absent');
    assert.throws(() => oracle.checkContent('/x', contentOf(tag)), OracleViolation);
  });

  it('allows each side of an unanswered write, never a mixture', () => {
    const oracle = new PathOracle();
    oracle.acknowledge('/x', tag);
    oracle.doubt('/x', other);
    oracle.checkContent('/x', contentOf(tag));
    oracle.checkContent('/x', contentOf(other));
    const torn = contentOf(tag);
    torn.set(contentOf(other).subarray(50), 50);
    assert.throws(() => oracle.checkContent('/x', torn), OracleViolation);
    assert.throws(() => oracle.checkAbsent('/x'), OracleViolation);
    assert.deepEqual(oracle.certainFiles(), []);
  });
});
