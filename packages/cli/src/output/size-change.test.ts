import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSizeChange } from './size-change.js';

describe('changes of sizes', () => {
  for (const [text, before, after] of [
    ['0', 5, 0],
    ['1K', 5, 1024],
    ['+10', 5, 15],
    ['+1M', 0, 1_048_576],
    ['-3', 5, 2],
    ['-10', 5, 0],
    ['<4', 5, 4],
    ['<4', 3, 3],
    ['>4', 3, 4],
    ['>4', 5, 5],
    ['/4', 7, 4],
    ['%4', 5, 8],
    ['%4', 8, 8],
  ] as const) {
    it(`${text} of ${before} is ${after}`, () => assert.equal(parseSizeChange(text).from(before), after));
  }

  it('know whether they depend on what is there', () => {
    assert.equal(parseSizeChange('5').isRelative, false);
    assert.equal(parseSizeChange('+5').isRelative, true);
  });

  for (const text of ['', '+', '++1', '-x', '/0', '%0', '1KB', '=5', '+-1']) {
    it(`'${text}' is refused`, () => assert.throws(() => parseSizeChange(text), { code: 'INVALID_ARGUMENT' }));
  }
});
