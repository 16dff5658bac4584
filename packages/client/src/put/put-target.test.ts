import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LAYOUT, type Layout, TesseraError } from '@tessera/protocol';
import { Scopes } from '../scope.js';
import { stripePolicy } from '../stripe/policy.js';
import type { Segment } from '../stripe/segment.js';
import { ManualClock } from '../testing/manual-clock.js';
import type { DirectoryPolicy } from './layout-cache.js';
import { type PutParts, PutTarget } from './put-target.js';

function directoryOf(layout: Layout): DirectoryPolicy {
  return { path: new Uint8Array(), layout, policy: stripePolicy(layout), exists: true };
}

/** A file of one segment that was written; `keys` are the mixing keys that its segments were written under. */
async function setUp() {
  const keys: string[] = [];
  const dropped: unknown[] = [];
  const directory = { now: directoryOf(DEFAULT_LAYOUT) };
  const id = { pool: { drop: (lease: unknown) => dropped.push(lease) }, lease: 'lease' };
  const builder = {
    write(_policy: unknown, key: string, segments: readonly Segment[], holds: boolean) {
      keys.push(key);
      return segments.map(async (segment, slot) => ({ segment, stripe: { id }, slot, holds }));
    },
    settle() {},
  };
  const parts = { batcher: {}, builder, layouts: { fresh: async () => directory.now } } as unknown as PutParts;
  const target = new PutTarget(parts, {
    path: new Uint8Array(),
    replace: false,
    makeParents: false,
    mode: 0,
    directory: directory.now,
    mixingKeyOf: ({ layout }) => `shared ${layout.inlineBytes}`,
    ownKey: 'own',
    scope: new Scopes(new ManualClock(), 60_000).open('put'),
  });
  const written = await Promise.all(target.write([new Uint8Array(100)], 0, true));
  const rewrite = (code: 'LEASE_CLOSED' | 'COMMIT_REFUSED') => target.rewrite(written, new TesseraError(code, 'no'));
  return { keys, dropped, directory, rewrite };
}

test('what a commit refuses under the same layout meets no other file any more', async () => {
  const { keys, dropped, rewrite } = await setUp();
  await rewrite('LEASE_CLOSED');
  assert.deepEqual(keys, ['shared 4096', 'shared 4096']);
  assert.deepEqual(dropped, ['lease']);
  await rewrite('COMMIT_REFUSED');
  await rewrite('LEASE_CLOSED');
  assert.deepEqual(keys.slice(2), ['own', 'own']);
});

test('what a commit refuses because the layout is another one by now is mixed as that says', async () => {
  const { keys, directory, rewrite } = await setUp();
  directory.now = directoryOf({ ...DEFAULT_LAYOUT, inlineBytes: 7 });
  await rewrite('COMMIT_REFUSED');
  assert.deepEqual(keys, ['shared 4096', 'shared 7']);
});
