import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatRedundancy, parseRedundancy } from './redundancy.js';

describe('redundancy', () => {
  it('reads and writes its names', () => {
    for (const text of ['rs-4-2', 'rs-32-16', 'copies-1', 'copies-3', 'copies-17', 'rs-2-0']) {
      assert.equal(formatRedundancy(parseRedundancy(text)), text);
    }
    assert.deepEqual(parseRedundancy('rs-1-2'), parseRedundancy('copies-3'));
  });

  it('refuses what is not one', () => {
    for (const text of [
      '',
      'rs-0-2',
      'rs-33-2',
      'rs-4-17',
      'copies-0',
      'copies-18',
      'rs-4',
      'raid5',
      'rs-4-2 ',
      'RS-4-2',
    ]) {
      assert.throws(() => parseRedundancy(text), { code: 'INVALID_LAYOUT' }, text);
    }
  });
});
