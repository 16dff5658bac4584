import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LINKS_PER_INODE_MAX, SYMLINKS_FOLLOWED_MAX } from '@tessera/protocol';
import fc from 'fast-check';
import { reapAll } from '../../background/reaper.js';
import { InodeKind } from '../../records/inode.js';
import { layoutOf } from '../../testing/cluster-fixture.js';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';
import { putInode, requireInode } from './inodes.js';

async function setUp() {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d/sub');
  await fixture.put('/d/f', 'abc');
  const symlink = (target: string, path: string, replace = false) =>
    fixture.op('symlink', { node: node(path), target: Buffer.from(target), replace });
  const link = (from: string, to: string) => fixture.op('link', { from: node(from), to: node(to) });
  const itself = (path: string) => ({ ...node(path), noFollow: true });
  const readlink = async (path: string) =>
    Buffer.from((await fixture.op('readlink', { node: node(path) })).target ?? []).toString();
  const content = async (path: string) =>
    Buffer.from((await fixture.op('resolve', { node: node(path) })).inlineData ?? []).toString();
  return { fixture, symlink, link, itself, readlink, content };
}

test('a symbolic link leads on, at the end of a path and on its way', async () => {
  const { fixture, symlink, itself, readlink, content } = await setUp();
  await symlink('d/f', '/relative');
  await symlink('/d/f', '/d/sub/absolute');
  await symlink('../../d/./sub/..//f', '/d/sub/crooked');
  await symlink('d', '/dir');
  await symlink('../..', '/d/sub/up');
  await symlink('/', '/d/root');
  const paths = ['/relative', '/d/sub/absolute', '/d/sub/crooked', '/dir/f', '/dir/sub/up/dir/f', '/dir/root/d/f'];
  for (const path of paths) assert.equal(await content(path), 'abc', path);
  const { attributes } = await fixture.op('stat', { node: itself('/relative') });
  assert.deepEqual([attributes?.kind, Number(attributes?.bytes), attributes?.mode], [InodeKind.SYMLINK, 3, 0o777]);
  assert.equal(await readlink('/d/sub/crooked'), '../../d/./sub/..//f');
  assert.deepEqual(await fixture.names('/dir'), ['f', 'root', 'sub']);
  assert.deepEqual((await fixture.stat('/d/sub/up')).inode, (await fixture.stat('/')).inode);
  await refused(fixture.op('resolve', { node: itself('/relative') }), 'INVALID_ARGUMENT', /symbolic link/);
  await refused(readlink('/d/f'), 'INVALID_ARGUMENT', /"f" in .* is no symbolic link/);
});

test('what reads and changes nodes follows, what makes and moves names does not', async () => {
  const { fixture, symlink, itself, content, readlink } = await setUp();
  await symlink('d/f', '/l');
  await symlink('d', '/dir');
  await fixture.op('setAttributes', { node: node('/l'), mode: 0o600 });
  await fixture.op('setAttributes', { node: itself('/l'), uid: 9 });
  assert.deepEqual([(await fixture.stat('/d/f')).mode, (await fixture.stat('/d/f')).uid], [0o600, 0]);
  assert.equal((await fixture.op('setAttributes', { node: node('/l'), create: true })).created, false);
  await fixture.op('setXattr', { node: node('/l'), name: Buffer.from('x'), value: Buffer.from('1') });
  const { found } = await fixture.op('getXattr', { node: itself('/l'), name: Buffer.from('x') });
  assert.equal(found, false);
  await fixture.op('setLayout', { node: node('/dir'), layout: { inlineBytes: 10 } });
  const layout = await fixture.op('getLayout', { node: node('/l') });
  assert.deepEqual(layout.directory, (await fixture.stat('/d')).inode);
  assert.equal(layout.effective?.inlineBytes, 10);
  await fixture.put('/dir/made', 'below');
  assert.equal(await content('/d/made'), 'below');
  assert.equal((await fixture.op('mkdir', { node: node('/dir'), parents: true })).created, false);
  await refused(fixture.op('mkdir', { node: node('/dir') }), 'EXISTS', /"dir" exists/);
  await refused(fixture.op('mkdir', { node: node('/l'), parents: true }), 'EXISTS', /no directory/);

  await refused(fixture.put('/l', 'new'), 'EXISTS', /"l" exists/);
  await fixture.put('/l', 'new', true);
  assert.equal(await content('/d/f'), 'abc');
  await symlink('d/f', '/l', true);
  await fixture.op('rename', { from: node('/l'), to: node('/d/moved') });
  assert.equal(await readlink('/d/moved'), 'd/f');
  await refused(fixture.stat('/d/moved'), 'NOT_FOUND', /link "moved" leads to "d\/f", where "d" does not exist/);
  await fixture.op('remove', { node: node('/dir') });
  assert.deepEqual(await fixture.names('/d'), ['f', 'made', 'moved', 'sub']);
  await fixture.op('remove', { node: node('/d'), recursive: true });
  await reapAll(fixture.store);
  const { files, directories, logicalBytes } = await fixture.totals();
  assert.deepEqual({ files, directories, logicalBytes }, { files: 0, directories: 1, logicalBytes: 0 });
});

test('links that lead nowhere, in circles or too far are refused with the reason', async () => {
  const { fixture, symlink } = await setUp();
  await symlink('b', '/a');
  await symlink('a', '/b');
  await refused(fixture.stat('/a'), 'LINK_LOOP', /"\/a" leads in a circle, or through more than 40/);
  await refused(fixture.stat('/a/x'), 'LINK_LOOP', /circle/);
  await symlink('self/x', '/self');
  await refused(fixture.stat('/self'), 'LINK_LOOP', /circle/);
  await symlink('d/f/x', '/through');
  await refused(fixture.stat('/through'), 'NOT_A_DIRECTORY', /where "f" is no directory/);
  await symlink('d/f', '/file');
  await refused(fixture.stat('/file/x'), 'NOT_A_DIRECTORY', /"file" in/);
  await refused(fixture.put('/file/x', 'x'), 'NOT_A_DIRECTORY', /"file" in/);
  await symlink(`d/${'n'.repeat(256)}`, '/long');
  await refused(fixture.stat('/long'), 'NOT_FOUND', /does not exist/);
  const made = { node: node('/long/x/y'), makeParents: true, bytes: 0 };
  await refused(fixture.op('putFile', made), 'NOT_FOUND', /does not exist/);

  await symlink('/d/f', '/chain-1');
  for (let index = 2; index <= SYMLINKS_FOLLOWED_MAX + 1; index++)
    await symlink(`chain-${index - 1}`, `/chain-${index}`);
  assert.equal(Number((await fixture.stat(`/chain-${SYMLINKS_FOLLOWED_MAX}`)).bytes), 3);
  await refused(fixture.stat(`/chain-${SYMLINKS_FOLLOWED_MAX + 1}`), 'LINK_LOOP', /more than 40/);
  // Those on the way and those at the end count together.
  await symlink('.', '/here');
  await refused(fixture.stat(`/here/chain-${SYMLINKS_FOLLOWED_MAX}`), 'LINK_LOOP', /more than 40/);

  await refused(symlink('', '/x'), 'INVALID_PATH', /empty/);
  await refused(symlink('a\0b', '/x'), 'INVALID_PATH', /NUL/);
  await refused(symlink('n'.repeat(4097), '/x'), 'INVALID_PATH', /4097 bytes/);
  await refused(symlink('x', '/d', true), 'IS_A_DIRECTORY', /"d" is a directory/);
});

test('a file lives until its last name goes', async () => {
  const { fixture, link, content } = await setUp();
  const layout = layoutOf('copies-2');
  await fixture.mkdir('/data', layout);
  await fixture.op('putFile', { node: node('/data/a'), ...(await fixture.written(layout, 2)) });
  const { attributes } = await link('/data/a', '/d/b');
  assert.equal(attributes?.links, 2);
  await link('/d/b', '/data/c');
  assert.deepEqual((await fixture.stat('/data/a')).inode, (await fixture.stat('/data/c')).inode);
  assert.equal((await fixture.totals()).files, 2);
  await fixture.op('rename', { from: node('/data/a'), to: node('/data/c'), replace: true });
  assert.deepEqual(await fixture.names('/data'), ['a', 'c']);
  await fixture.put('/data/a', 'other', true);
  await fixture.op('remove', { node: node('/data/c') });
  const read = await fixture.op('resolve', { node: node('/d/b') });
  assert.deepEqual([read.extents?.length, read.attributes?.links], [2, 1]);
  assert.equal((await fixture.totals()).liveBytes, 4_000);
  await fixture.op('remove', { node: node('/d/b') });
  const { files, logicalBytes, liveBytes } = await fixture.totals();
  assert.deepEqual({ files, logicalBytes, liveBytes }, { files: 2, logicalBytes: 8, liveBytes: 0 });
  assert.equal(await content('/data/a'), 'other');
});

test('names of one file in one removed tree go with it, those elsewhere stay', async () => {
  const { fixture, link } = await setUp();
  for (let index = 0; index < 5; index++) await link('/d/f', `/d/f-${index}`);
  await fixture.put('/d/g', 'stays');
  for (let index = 0; index < 3; index++) await link('/d/g', `/d/sub/g-${index}`);
  await link('/d/g', '/g');
  await fixture.op('remove', { node: node('/d'), recursive: true });
  await reapAll(fixture.store);
  assert.equal((await fixture.stat('/g')).links, 1);
  const { files, logicalBytes, directories } = await fixture.totals();
  assert.deepEqual({ files, logicalBytes, directories }, { files: 1, logicalBytes: 5, directories: 1 });
});

test('what cannot be linked is refused; a link may be', async () => {
  const { fixture, symlink, link, readlink } = await setUp();
  await refused(link('/d/sub', '/x'), 'IS_A_DIRECTORY', /"sub" in .* one name/);
  await refused(link('/none', '/x'), 'NOT_FOUND', /"none"/);
  await refused(link('/d/f', '/d/sub'), 'EXISTS', /"sub" in/);
  await refused(link('/d/f', '/d/f'), 'EXISTS', /"f" in/);
  await refused(link('/d/f', '/none/x'), 'NOT_FOUND', /"none"/);
  await symlink('f', '/d/l');
  await fixture.op('link', { from: { ...node('/d/l'), noFollow: true }, to: node('/d/l2') });
  assert.equal(await readlink('/d/l2'), 'f');
  const { inode = null } = await fixture.stat('/d/f');
  const id = Buffer.from(inode ?? []).readBigUInt64BE();
  await fixture.store.transact((tx) => putInode(tx, id, { ...requireInode(tx, id), links: LINKS_PER_INODE_MAX }));
  await refused(link('/d/f', '/x'), 'TOO_LARGE', /65000 names/);
});

test('random links lead where a naive walk says', async () => {
  const name = fc.constantFrom('a', 'b', 'c', '..');
  const relative = fc.array(name, { minLength: 1, maxLength: 4 });
  const target = fc.tuple(fc.boolean(), relative).map(([rooted, names]) => (rooted ? '/' : '') + names.join('/'));
  const plain = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(plain, fc.option(target)), { maxLength: 12 }), plain, async (made, asked) => {
      const fixture = await NamespaceFixture.create();
      for (const [names, leadsTo] of made) {
        const at = node(names.join('/'));
        const outcome =
          leadsTo === null
            ? fixture.op('mkdir', { node: at })
            : fixture.op('symlink', { node: at, target: Buffer.from(leadsTo) });
        await outcome.catch(() => {});
      }
      const path = asked.join('/');
      const expected = await naiveWalk(fixture, path);
      const found = await fixture.stat(path).then(
        ({ inode }) => Buffer.from(inode ?? []).toString('hex'),
        () => undefined,
      );
      assert.equal(found, expected);
    }),
    { numRuns: 300 },
  );
});

/** Inode of what is at a path, link by link through calls that follow none; undefined when nothing is. */
async function naiveWalk(fixture: NamespaceFixture, path: string): Promise<string | undefined> {
  const below = [Buffer.from((await fixture.stat('/')).inode ?? [])];
  const todo = path.split('/');
  for (let followed = 0; todo.length > 0; ) {
    const name = todo.shift() as string;
    const directory = below.at(-1) as Buffer;
    if (name === '') continue;
    if (name === '..') {
      if (below.length > 1) below.pop();
      continue;
    }
    const at = { base: directory, path: Buffer.from(name), noFollow: true };
    const { attributes } = await fixture.op('stat', { node: at }).catch(() => ({ attributes: undefined }));
    if (!attributes) return undefined;
    if (attributes.kind === InodeKind.SYMLINK) {
      if (++followed > SYMLINKS_FOLLOWED_MAX) return undefined;
      const target = Buffer.from((await fixture.op('readlink', { node: at })).target ?? []).toString();
      if (target.startsWith('/')) below.splice(1);
      todo.unshift(...target.split('/'));
    } else {
      below.push(Buffer.from(attributes.inode ?? []));
    }
  }
  return below.at(-1)?.toString('hex');
}
