import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRange } from './byte-range.js';

describe('ranges', () => {
  for (const [text, range] of [
    ['0-0', { start: 0, end: 1 }],
    ['10-19', { start: 10, end: 20 }],
    ['1K-2KiB', { start: 1024, end: 2049 }],
    ['500-', { start: 500 }],
    ['-500', { last: 500 }],
    ['-1M', { last: 1_048_576 }],
  ] as const) {
    it(`'${text}'`, () => assert.deepEqual(parseRange(text), range));
  }

  for (const text of ['', '-', '5', '5-4', 'a-b', '1-2-3', '--5', '0.5-1', '1-99999999999999999999']) {
    it(`'${text}' is refused`, () => assert.throws(() => parseRange(text), { code: 'INVALID_ARGUMENT' }));
  }
});
