import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChangesAtOnce } from './changes-at-once.js';

test('changes that were under way count, and those that began; those that had ended do not', () => {
  const changes = new ChangesAtOnce();
  changes.begin();
  changes.end();
  const none = changes.watch();
  assert.equal(none(), 0);
  changes.begin();
  const one = changes.watch();
  assert.deepEqual([none(), one()], [1, 1]);
  changes.end();
  changes.begin();
  assert.deepEqual([none(), one(), changes.watch()()], [2, 2, 1]);
});
