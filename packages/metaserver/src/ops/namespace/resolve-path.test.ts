import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeId, type ErrorCode, encodeId } from '@tessera/protocol';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';

test('a path is walked from the root or from a base, and the fault is named', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/archive/ct');
  await fixture.put('/archive/ct/slice', 'x');

  const root = await fixture.stat('');
  assert.equal(decodeId(root.inode), 1n);
  assert.deepEqual(await fixture.stat('/'), root);
  const ct = await fixture.stat('archive/ct/');
  const slice = await fixture.stat('/archive/ct/slice');
  const fromBase = await fixture.op('stat', { node: node('slice', ct.inode ?? undefined) });
  assert.deepEqual(fromBase.attributes, slice);
  const byInode = await fixture.op('stat', { node: node('', slice.inode ?? undefined) });
  assert.deepEqual(byInode.attributes, slice);

  await refused(fixture.stat('/archive/mr/slice'), 'NOT_FOUND', /"mr" in "\/archive\/mr\/slice" does not exist/);
  await refused(fixture.stat('gone'), 'NOT_FOUND', /"gone" does not exist/);
  await refused(fixture.stat('/archive/ct/slice/x'), 'NOT_A_DIRECTORY', /"slice" in .* is not a directory/);
  await refused(
    fixture.op('stat', { node: node('x', slice.inode ?? undefined) }),
    'NOT_A_DIRECTORY',
    /is no directory/,
  );
  await refused(fixture.op('stat', { node: node('', encodeId(77n)) }), 'NOT_FOUND', /000000000000004d is not there/);
  await refused(fixture.op('stat', { node: node('x', encodeId(77n)) }), 'NOT_FOUND', /000000000000004d is not there/);
});

test('what was removed with its tree is gone for those who still know its inode', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/a/b/c');
  const b = (await fixture.stat('/a/b')).inode ?? undefined;
  const c = (await fixture.stat('/a/b/c')).inode ?? undefined;
  await fixture.op('remove', { node: node('/a'), recursive: true });
  // The reaper has not run: the inodes are all there.
  await refused(fixture.op('stat', { node: node('', c) }), 'NOT_FOUND', /not there any more/);
  await refused(fixture.op('putFile', { node: node('new', c) }), 'NOT_FOUND', /not there any more/);
  await refused(fixture.op('mkdir', { node: node('', c) }), 'NOT_FOUND', /not there any more/);
  await refused(fixture.op('mkdir', { node: node('x/y', b), parents: true }), 'NOT_FOUND', /not there any more/);
  await refused(fixture.op('rename', { from: node('c', b), to: node('/saved') }), 'NOT_FOUND', /not there any more/);
  await refused(fixture.op('list', { node: node('', b) }), 'NOT_FOUND', /not there any more/);
});

test('paths that break a rule are refused by every operation that takes one', async () => {
  const fixture = await NamespaceFixture.create();
  const bad: [string, Uint8Array, RegExp][] = [
    ['a NUL', Buffer.from('a\0b'), /NUL/],
    ['..', Buffer.from('a/../b'), /'\.\.' are not names/],
    ['.', Buffer.from('./b'), /'\.'/],
    ['an empty name', Buffer.from('a//b'), /empty/],
    ['256 bytes of name', Buffer.alloc(256, 'n'), /256 bytes; at most 255/],
    ['4097 bytes of path', Buffer.from('d/'.repeat(2048).concat('e')), /4097 bytes; at most 4096/],
    ['invalid UTF-8', Uint8Array.of(0x61, 0xff), /not valid UTF-8/],
  ];
  for (const [, path, message] of bad) {
    const at = node(path);
    const code: ErrorCode = 'INVALID_PATH';
    await refused(fixture.op('stat', { node: at }), code, message);
    await refused(fixture.op('list', { node: at }), code, message);
    await refused(fixture.op('resolve', { node: at }), code, message);
    await refused(fixture.op('getLayout', { node: at }), code, message);
    await refused(fixture.op('mkdir', { node: at, parents: true }), code, message);
    await refused(fixture.op('putFile', { node: at, makeParents: true }), code, message);
    await refused(fixture.op('rename', { from: at, to: node('b') }), code, message);
    await refused(fixture.op('rename', { from: node('b'), to: at }), code, message);
    await refused(fixture.op('remove', { node: at }), code, message);
    await refused(fixture.op('setLayout', { node: at, layout: {} }), code, message);
    await refused(fixture.op('stage', { directory: at }), code, message);
    await refused(fixture.op('publish', { inode: encodeId(5n), node: at }), code, message);
  }
  assert.deepEqual(await fixture.names('/'), []);
});

test('an entry is needed where one is made, moved or removed', async () => {
  const fixture = await NamespaceFixture.create();
  for (const path of ['', '/']) {
    await refused(fixture.op('putFile', { node: node(path) }), 'INVALID_PATH', /empty or the root/);
    await refused(fixture.op('remove', { node: node(path), recursive: true }), 'INVALID_PATH', /empty or the root/);
    await refused(fixture.op('rename', { from: node(path), to: node('x') }), 'INVALID_PATH', /from names no entry/);
    await refused(fixture.op('rename', { from: node('x'), to: node(path) }), 'INVALID_PATH', /to names no entry/);
  }
});
