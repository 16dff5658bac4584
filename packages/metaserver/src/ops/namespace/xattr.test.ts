import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v1, XATTR_NAME_BYTES_MAX, XATTR_VALUE_BYTES_MAX, XATTRS_PER_INODE_MAX } from '@tessera/protocol';
import fc from 'fast-check';
import { reapAll } from '../../background/reaper.js';
import { Table } from '../../records/keys.js';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';

const { XATTR_MODE_CREATE, XATTR_MODE_REPLACE } = v1.XattrMode;

const bytes = (text: string) => new TextEncoder().encode(text);

async function setUp() {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d');
  await fixture.put('/d/f', 'abc');
  const set = (path: string, name: string, value: string, more: v1.SetXattrOperation.$Properties = {}) =>
    fixture.op('setXattr', { node: node(path), name: bytes(name), value: bytes(value), ...more });
  const get = async (path: string, name: string) => {
    const { found, value } = await fixture.op('getXattr', { node: node(path), name: bytes(name) });
    return found ? Buffer.from(value ?? []).toString() : undefined;
  };
  const remove = (path: string, name: string, expected?: string) =>
    fixture.op('removeXattr', {
      node: node(path),
      name: bytes(name),
      ...(expected === undefined ? {} : { expected: bytes(expected) }),
    });
  const list = async (path: string, values = false) =>
    ((await fixture.op('listXattrs', { node: node(path), values })).xattrs ?? []).map(
      ({ name, value, valueBytes }) =>
        `${Buffer.from(name ?? [])}=${values ? Buffer.from(value ?? []) : value?.length}/${valueBytes}`,
    );
  return { fixture, set, get, remove, list };
}

/** Keys of extended attributes in the store. */
function records(fixture: NamespaceFixture): number {
  const prefix = Table.XATTR.toString(16);
  return [...fixture.cluster.store.entries.keys()].filter((key) => key.startsWith(prefix)).length;
}

test('files and directories have attributes, set and read byte for byte, listed in order', async () => {
  const { fixture, set, get, list, remove } = await setUp();
  assert.equal(await get('/d/f', 'a'), undefined);
  assert.deepEqual(await list('/d/f'), []);
  fixture.cluster.store.nowNs = 9_000n;
  const before = await fixture.stat('/d/f');
  const { attributes } = await set('/d/f', 'b', 'two');
  assert.equal(Number(attributes?.changedNs), 9_000);
  assert.deepEqual(attributes?.modifiedNs, before.modifiedNs);
  assert.deepEqual(attributes?.contentVersion, before.contentVersion);
  assert.deepEqual(attributes, await fixture.stat('/d/f'));
  await set('/d/f', 'a', '');
  await set('/d', 'é', 'directory');
  assert.equal(await get('/d/f', 'a'), '');
  assert.equal(await get('/d/f', 'b'), 'two');
  assert.equal(await get('/d', 'b'), undefined);
  assert.deepEqual(await list('/d/f', true), ['a=/0', 'b=two/3']);
  assert.deepEqual(await list('/d/f'), ['a=0/0', 'b=0/3']);
  assert.deepEqual(await list('/d', true), ['é=directory/9']);
  assert.equal((await remove('/d/f', 'b')).removed, true);
  assert.equal((await remove('/d/f', 'b')).removed, false);
  assert.deepEqual(await list('/d/f', true), ['a=/0']);
});

test('conditions: create, replace, compare and swap', async () => {
  const { set, get, remove } = await setUp();
  await refused(set('/d', 'x', '1', { mode: XATTR_MODE_REPLACE }), 'NOT_FOUND', /"x" does not exist/);
  await set('/d', 'x', '1', { mode: XATTR_MODE_CREATE });
  await refused(set('/d', 'x', '2', { mode: XATTR_MODE_CREATE }), 'EXISTS', /"x" exists/);
  await set('/d', 'x', '2', { mode: XATTR_MODE_REPLACE });
  await refused(set('/d', 'x', '3', { expected: bytes('1') }), 'CHANGED', /another value/);
  await refused(set('/d', 'none', '3', { expected: bytes('') }), 'CHANGED', /not there/);
  await set('/d', 'x', '3', { expected: bytes('2') });
  await refused(remove('/d', 'x', '2'), 'CHANGED', /another value/);
  assert.equal(await get('/d', 'x'), '3');
  await remove('/d', 'x', '3');
  await refused(remove('/d', 'x', '3'), 'CHANGED', /not there/);
});

test('a condition that failed once fails again under the same sequence', async () => {
  const { fixture, set, get } = await setUp();
  await set('/d', 'x', '1');
  const late = { node: node('/d'), name: bytes('x'), value: bytes('3'), expected: bytes('2') };
  const sequence = ++fixture.sequence;
  await refused(fixture.op('setXattr', late, sequence), 'CHANGED', /another value/);
  await set('/d', 'x', '2');
  await refused(fixture.op('setXattr', late, sequence), 'CHANGED', /another value/);
  assert.equal(await get('/d', 'x'), '2');
});

test('names and values have their limits', async () => {
  const { fixture, set, list } = await setUp();
  await refused(set('/d', '', 'x'), 'INVALID_ARGUMENT', /name is empty/);
  await refused(set('/d', 'n'.repeat(XATTR_NAME_BYTES_MAX + 1), 'x'), 'INVALID_ARGUMENT', /256 bytes; at most 255/);
  await refused(set('/d', 'a\0b', 'x'), 'INVALID_ARGUMENT', /NUL/);
  const invalid = fixture.op('setXattr', { node: node('/d'), name: Uint8Array.of(0xff), value: bytes('x') });
  await refused(invalid, 'INVALID_ARGUMENT', /UTF-8/);
  await refused(set('/d', 'x', 'v'.repeat(XATTR_VALUE_BYTES_MAX + 1)), 'TOO_LARGE', /at most 65536/);
  await refused(set('/none', 'x', 'v'), 'NOT_FOUND', /"none"/);
  const longest = 'n'.repeat(XATTR_NAME_BYTES_MAX);
  await set('/d', longest, 'v'.repeat(XATTR_VALUE_BYTES_MAX));
  for (const name of ['p', 'q']) await set('/d', name, 'v'.repeat(XATTR_VALUE_BYTES_MAX));
  await refused(set('/d', 'r', 'v'.repeat(XATTR_VALUE_BYTES_MAX)), 'TOO_LARGE', /at most 262144/);
  await set('/d', 'p', '');
  await set('/d', 'r', 'v'.repeat(XATTR_VALUE_BYTES_MAX));
  assert.equal((await list('/d')).length, 4);
});

test('an inode has so many attributes and no more', async () => {
  const { fixture, set, list } = await setUp();
  for (let index = 0; index < XATTRS_PER_INODE_MAX; index++) await set('/d/f', `n${index}`, '');
  await refused(set('/d/f', 'more', ''), 'TOO_LARGE', /at most 1000 .*remove some/);
  await set('/d/f', 'n0', 'other');
  assert.equal((await list('/d/f')).length, XATTRS_PER_INODE_MAX);
  await fixture.op('remove', { node: node('/d/f') });
  assert.equal(records(fixture), XATTRS_PER_INODE_MAX);
  await reapAll(fixture.store);
  assert.equal(records(fixture), 0);
});

test('they go with their inode: removed, replaced, renamed over, below a removed tree', async () => {
  const { fixture, set, get } = await setUp();
  await fixture.put('/other', 'xyz');
  for (const path of ['/d', '/d/f', '/other']) await set(path, 'x', path);
  await fixture.op('rename', { from: node('/d/f'), to: node('/d/g') });
  assert.equal(await get('/d/g', 'x'), '/d/f');
  await fixture.put('/other', 'new', true);
  assert.equal(await get('/other', 'x'), undefined);
  await fixture.op('rename', { from: node('/other'), to: node('/d/g'), replace: true });
  assert.equal(await get('/d/g', 'x'), undefined);
  await reapAll(fixture.store);
  assert.equal(records(fixture), 1);

  await fixture.mkdir('/empty');
  await fixture.mkdir('/moved');
  for (const path of ['/empty', '/moved', '/d/g']) await set(path, 'x', path);
  await fixture.op('rename', { from: node('/moved'), to: node('/empty'), replace: true });
  assert.equal(await get('/empty', 'x'), '/moved');
  await fixture.mkdir('/d/sub');
  await set('/d/sub', 'x', '');
  await fixture.op('remove', { node: node('/d'), recursive: true });
  await fixture.op('remove', { node: node('/empty') });
  await reapAll(fixture.store);
  assert.equal(records(fixture), 0);
  const { files, directories, reaperPending } = await fixture.totals();
  assert.deepEqual({ files, directories, reaperPending }, { files: 0, directories: 1, reaperPending: 0 });
});

test('values too many for one reply come in smaller batches', async () => {
  const { fixture, set } = await setUp();
  await set('/d', 'big', 'v'.repeat(XATTR_VALUE_BYTES_MAX));
  const operations = Array.from({ length: 1000 }, () => ({ getXattr: { node: node('/d'), name: bytes('big') } }));
  const results = await fixture.batch(operations);
  const codes = results.map(({ error }) => error?.code);
  assert.ok(codes.includes('OVERLOADED'));
  assert.ok(codes.filter((code) => code === undefined).length > 400);
});

test('what is there is what a map would hold, and the inode counts it rightly', async () => {
  const name = fc.constantFrom('a', 'bb', 'ccc');
  const value = fc.string({ maxLength: 5 });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), name, value, mode: fc.constantFrom(0, 1, 2) }),
    fc.record({ kind: fc.constant('remove' as const), name }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { fixture, set, list, remove } = await setUp();
      const model = new Map<string, string>();
      for (const each of steps) {
        const there = model.has(each.name);
        if (each.kind === 'remove') {
          assert.equal((await remove('/d', each.name)).removed, there);
          model.delete(each.name);
        } else if ((each.mode === 1 && there) || (each.mode === 2 && !there)) {
          await assert.rejects(set('/d', each.name, each.value, { mode: each.mode }));
        } else {
          await set('/d', each.name, each.value, { mode: each.mode });
          model.set(each.name, each.value);
        }
      }
      const expected = [...model].sort().map(([key, text]) => `${key}=${text}/${bytes(text).length}`);
      assert.deepEqual(await list('/d', true), expected);
      // The inode's counts bring the reaper here: a wrong one would leave records behind.
      await fixture.op('remove', { node: node('/d'), recursive: true });
      await reapAll(fixture.store);
      assert.equal(records(fixture), 0);
    }),
    { numRuns: 100 },
  );
});
