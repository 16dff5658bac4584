import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { simulate } from './simulation.js';

describe('simulation', () => {
  it('gives the same trace for the same seed, another for another', async () => {
    const [first, again, other] = [await simulate('twice'), await simulate('twice'), await simulate('other')];
    assert.equal(first.violation, undefined);
    assert.equal(again.traceHash, first.traceHash);
    assert.deepEqual(again, first);
    assert.notEqual(other.traceHash, first.traceHash);
  });
});
