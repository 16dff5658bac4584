import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupEnds } from './group-ends.js';
import { type JournalPosition, journalBeginning } from './journal-position.js';
import { GROUP_ENDS_KEPT_MAX } from './limits.js';

const position = (lsn: number): JournalPosition => ({
  era: 1,
  lsn,
  chain: new Uint8Array(32).fill(lsn % 251),
  timeNs: 0n,
});

test('a witness is the same, different, behind or too old to tell, with bounded memory', () => {
  const ends = new GroupEnds(journalBeginning());
  const last = GROUP_ENDS_KEPT_MAX * 3;
  for (let lsn = 3; lsn <= last; lsn += 3) ends.add(position(lsn));
  assert.equal(ends.compare(last, position(last).chain), 'same');
  assert.equal(ends.compare(last, new Uint8Array(32)), 'different');
  assert.equal(ends.compare(last - 1, position(last - 1).chain), 'different', 'no group ended there');
  assert.equal(ends.compare(last + 1, position(last + 1).chain), 'behind');
  const oldest = last - 3 * (GROUP_ENDS_KEPT_MAX - 1);
  assert.equal(ends.compare(oldest, position(oldest).chain), 'same');
  assert.equal(ends.compare(oldest - 3, position(oldest - 3).chain), 'unknown');
  assert.equal(ends.compare(0, new Uint8Array(32)), 'unknown');
});
