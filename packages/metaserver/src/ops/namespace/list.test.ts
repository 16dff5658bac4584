import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeId, LIST_ENTRIES_MAX } from '@tessera/protocol';
import type { MetadataStore } from '../../store/transaction.js';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';
import { list } from './list.js';

test('names come in order of their bytes, page by page', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d');
  const names = ['a', 'a0', 'b', 'ba', 'é', '漢', 'Z', 'a!', '~'];
  for (const name of names) await fixture.put(`/d/${name}`);
  await fixture.mkdir('/d/dir');
  // Its entries sort after those of /d and must not show there.
  await fixture.mkdir('/e');
  await fixture.put('/e/other');
  const sorted = [...names, 'dir'].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  assert.deepEqual(await fixture.names('/d'), sorted);

  for (const limit of [1, 3, 4, 10, 11]) {
    const seen: string[] = [];
    let after: Uint8Array = new Uint8Array();
    for (let more = true; more; ) {
      const page = await fixture.op('list', { node: node('/d'), limit, after });
      more = page.more ?? false;
      assert.ok((page.entries?.length ?? 0) <= limit);
      for (const { name } of page.entries ?? []) seen.push(Buffer.from(name ?? []).toString());
      after = page.entries?.at(-1)?.name ?? after;
    }
    assert.deepEqual(seen, sorted, `limit ${limit}`);
  }
  const rest = await fixture.op('list', { node: node('/d'), after: Buffer.from('b!') });
  assert.equal(Buffer.from(rest.entries?.[0]?.name ?? []).toString(), 'ba');
});

test('attributes come when asked for', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.put('/f', 'abc');
  await fixture.mkdir('/d');
  const plain = await fixture.op('list', { node: node('/') });
  assert.deepEqual(
    plain.entries?.map(({ kind, attributes }) => [kind, attributes ?? undefined]),
    [
      [2, undefined],
      [1, undefined],
    ],
  );
  const full = await fixture.op('list', { node: node('/'), attributes: true });
  assert.deepEqual(full.entries?.[1]?.attributes, await fixture.stat('/f'));
  assert.deepEqual(full.entries?.[0]?.attributes, await fixture.stat('/d'));
});

test('what is no directory, and limits out of range, are refused', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.put('/f');
  await refused(fixture.op('list', { node: node('/f') }), 'NOT_A_DIRECTORY', /"f"/);
  await refused(fixture.op('list', { node: node('/none') }), 'NOT_FOUND', /"none"/);
  const tooMany = LIST_ENTRIES_MAX + 1;
  await refused(fixture.op('list', { node: node('/'), limit: tooMany }), 'INVALID_ARGUMENT', /limit is 5001/);
  await refused(fixture.op('list', { node: node('/'), after: Buffer.alloc(256) }), 'INVALID_ARGUMENT', /256 bytes/);
});

test('entries that change between the names and their attributes are as they are now, or left out', async () => {
  const fixture = await NamespaceFixture.create();
  for (const name of ['a', 'b', 'c', 'd']) await fixture.put(`/${name}`, name);
  const meddled = meddle(fixture.store, [
    async () => {
      await fixture.op('remove', { node: node('/a') });
      await fixture.put('/b', 'another b', true);
      await fixture.op('rename', { from: node('/c'), to: node('/x') });
    },
  ]);
  const { entries, more } = await list(meddled, { node: node('/'), attributes: true });
  assert.equal(more, false);
  assert.deepEqual(
    entries?.map(({ name, attributes }) => [Buffer.from(name ?? []).toString(), Number(attributes?.bytes)]),
    [
      ['b', 9],
      ['c', 1],
      ['d', 1],
    ],
  );
  assert.equal(decodeId(entries?.[0]?.inode), decodeId((await fixture.stat('/b')).inode));
});

test('a page that is all gone leads on to the next', async () => {
  const fixture = await NamespaceFixture.create();
  for (const name of ['a', 'b', 'c', 'd']) await fixture.put(`/${name}`, name);
  const meddled = meddle(fixture.store, [
    async () => {
      await fixture.op('remove', { node: node('/a') });
      await fixture.op('remove', { node: node('/b') });
    },
  ]);
  const { entries, more } = await list(meddled, { node: node('/'), limit: 2, attributes: true });
  assert.deepEqual(
    entries?.map(({ name }) => Buffer.from(name ?? []).toString()),
    ['c', 'd'],
  );
  assert.equal(more, false);
});

/** The store, with something happening after each scan. */
function meddle(store: MetadataStore, after: (() => Promise<void>)[]): MetadataStore {
  return {
    ...store,
    read: (body) => store.read(body),
    scan: async (range, limit) => {
      const rows = await store.scan(range, limit);
      await after.shift()?.();
      return rows;
    },
  } as MetadataStore;
}
