import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { globMatcher } from './glob.js';

describe('patterns of names', () => {
  for (const [pattern, matching, others] of [
    ['*.dcm', ['a.dcm', '.dcm'], ['a.dcmx', 'adcm']],
    ['a?c', ['abc', 'a.c'], ['ac', 'abbc']],
    ['[a-c]x', ['ax', 'cx'], ['dx', 'x']],
    ['[!a-c]x', ['dx'], ['ax']],
    ['[^]', ['^'], ['a']],
    ['a\\*', ['a*'], ['ab']],
    ['a[', ['a['], ['a']],
    ['(a|b)+$', ['(a|b)+$'], ['a', 'b']],
    ['', [''], ['a']],
  ] as const) {
    it(`'${pattern}'`, () => {
      const matches = globMatcher(pattern);
      for (const name of matching) assert.equal(matches(name), true, name);
      for (const name of others) assert.equal(matches(name), false, name);
    });
  }
});
