import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentOf, firstDifference } from './content.js';

test('a tag makes the same bytes again, another tag others from the first block on', () => {
  const tag = { id: 7, bytes: 100_001 };
  assert.equal(firstDifference(contentOf(tag), contentOf(tag)), undefined);
  const other = contentOf({ id: 8, bytes: 100_001 });
  assert.ok((firstDifference(contentOf(tag), other) as number) < 8);
  assert.equal(contentOf({ id: 7, bytes: 0 }).length, 0);
});

test('differences are found at their first byte, in length too', () => {
  const content = contentOf({ id: 1, bytes: 1_000 });
  const bad = content.slice();
  bad[999] = (bad[999] as number) ^ 1;
  assert.equal(firstDifference(bad, content), 999);
  assert.equal(firstDifference(content.subarray(0, 500), content), 500);
});
