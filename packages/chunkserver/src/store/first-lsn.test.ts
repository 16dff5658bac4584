import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LSN_GAP } from '../log/limits.js';
import { firstLsn } from './first-lsn.js';

describe('the first number of a process', () => {
  it('is where the log goes on, unless the index knows of later records', () => {
    const totals = (lsn: number) => ({ lsn, shards: 1, payloadBytes: 1 });
    assert.equal(firstLsn(100, undefined), 100);
    assert.equal(firstLsn(100, totals(99)), 100);
    assert.equal(firstLsn(100, totals(100)), 100 + LSN_GAP);
    assert.equal(firstLsn(100, totals(5_000_000)), 5_000_000 + LSN_GAP);
  });
});
