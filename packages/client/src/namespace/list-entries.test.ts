import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TesseraError, v1 } from '@tessera/protocol';
import { LIST_PAGE_ENTRIES } from '../limits.js';
import { Scopes } from '../scope.js';
import { ManualClock } from '../testing/manual-clock.js';
import { listEntries } from './list-entries.js';
import type { NamespaceParts } from './parts.js';

/** A directory of `count` names, of which nothing may be asked from the name `refusedAfter` on. */
function directoryOf(count: number, refusedAfter?: string) {
  const names = Array.from({ length: count }, (_, index) => String(index).padStart(6, '0'));
  const asked: { after: string; limit: number }[] = [];
  const batcher = {
    async submit(kind: string, { after, limit }: { after: Uint8Array; limit: number }) {
      assert.equal(kind, 'list');
      const from = Buffer.from(after).toString();
      asked.push({ after: from, limit });
      if (from === refusedAfter) throw new TesseraError('NOT_FOUND', 'the directory is gone');
      const rest = names.filter((name) => name > from);
      const entries = rest
        .slice(0, limit)
        .map((name) => ({ name: Buffer.from(name), inode: new Uint8Array(8), kind: 1 }));
      return v1.ListResult.create({ entries, more: rest.length > limit });
    },
  };
  const parts = { scopes: new Scopes(new ManualClock(), 1_000), batcher } as unknown as NamespaceParts;
  return { parts, asked, names };
}

test('pages follow on another and end where the names or the limit do', async () => {
  for (const [count, limit] of [
    [0, undefined],
    [1, undefined],
    [LIST_PAGE_ENTRIES, undefined],
    [2 * LIST_PAGE_ENTRIES + 1, undefined],
    [2 * LIST_PAGE_ENTRIES, 0],
    [2 * LIST_PAGE_ENTRIES, 3],
    [2 * LIST_PAGE_ENTRIES, LIST_PAGE_ENTRIES],
    [2 * LIST_PAGE_ENTRIES, LIST_PAGE_ENTRIES + 1],
  ] as const) {
    const { parts, asked, names } = directoryOf(count);
    const seen: string[] = [];
    for await (const { text } of listEntries(parts, '/d', limit === undefined ? {} : { limit })) seen.push(text);
    assert.deepEqual(seen, names.slice(0, limit ?? count));
    assert.ok(asked.length <= Math.max(1, Math.ceil(seen.length / LIST_PAGE_ENTRIES)), `${asked.length} pages`);
  }
});

test('one page is asked for ahead, and no more, whoever takes entries slowly', async () => {
  const { parts, asked } = directoryOf(10 * LIST_PAGE_ENTRIES);
  const entries = listEntries(parts, '/d');
  assert.equal(asked.length, 0);
  await entries.next();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asked.length, 2);
  for (let taken = 1; taken < LIST_PAGE_ENTRIES; taken++) await entries.next();
  assert.equal(asked.length, 2);
  await entries.next();
  assert.equal(asked.length, 3);
});

test('a page that fails is told after the entries before it, and to nobody who has stopped', async () => {
  const last = String(LIST_PAGE_ENTRIES - 1).padStart(6, '0');
  const { parts } = directoryOf(3 * LIST_PAGE_ENTRIES, last);
  let seen = 0;
  const all = async () => {
    for await (const _ of listEntries(parts, '/d')) seen++;
  };
  await assert.rejects(all(), { code: 'NOT_FOUND' });
  assert.equal(seen, LIST_PAGE_ENTRIES);
  // An unhandled rejection would end this process.
  for await (const _ of listEntries(parts, '/d')) break;
  await new Promise((resolve) => setImmediate(resolve));
});
