import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layoutOf } from '../../testing/cluster-fixture.js';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';

const COPIES_2 = layoutOf('copies-2');

/** Version and content version of a node. */
async function versions(fixture: NamespaceFixture, path: string): Promise<[number, number]> {
  const { version, contentVersion } = await fixture.stat(path);
  return [Number(version), Number(contentVersion)];
}

test('a file keeps its content version wherever it is moved to, and has another once its bytes are others', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d', COPIES_2);
  await fixture.op('putFile', { node: node('/d/f'), ...(await fixture.written(COPIES_2, 3)) });
  const [version, content] = await versions(fixture, '/d/f');
  assert.equal(version, content);
  for (const [from, to] of [
    ['/d/f', '/d/g'],
    ['/d/g', '/h'],
  ] as const) {
    const { attributes } = await fixture.op('rename', { from: node(from), to: node(to) });
    assert.equal(Number(attributes?.contentVersion), content);
  }
  const [moved, same] = await versions(fixture, '/h');
  assert.ok(moved > version);
  assert.equal(same, content);
  const { attributes } = await fixture.op('resolve', { node: node('/h'), offset: 5, length: 1 });
  assert.equal(Number(attributes?.contentVersion), content);
  await fixture.put('/h', 'other bytes', true);
  assert.ok((await versions(fixture, '/h'))[1] > moved);
});

test('a staged file has the content version of its last piece, or of its publication if that makes it longer', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d', COPIES_2);
  for (const hole of [0, 500]) {
    const { inode } = await fixture.op('stage', { directory: node('/d') });
    const { extents, stripes, bytes } = await fixture.written(COPIES_2, 20);
    await fixture.op('extend', { inode: inode ?? null, extents, stripes });
    await fixture.mkdir(`/between-${hole}`);
    const published = await fixture.op('publish', {
      inode: inode ?? null,
      node: node(`/d/f${hole}`),
      bytes: bytes + hole,
    });
    const [version, content] = await versions(fixture, `/d/f${hole}`);
    assert.deepEqual(
      [Number(published.attributes?.version), Number(published.attributes?.contentVersion)],
      [version, content],
    );
    assert.equal(content === version, hole > 0);
  }
});

test("a directory's content is its names", async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d');
  await fixture.put('/d/f');
  const [, content] = await versions(fixture, '/d');
  await fixture.op('setLayout', { node: node('/d'), layout: { inlineBytes: 7 } });
  await fixture.op('rename', { from: node('/d'), to: node('/e') });
  const [version, same] = await versions(fixture, '/e');
  assert.ok(version > content);
  assert.equal(same, content);
  await fixture.op('remove', { node: node('/e/f') });
  const [last, changed] = await versions(fixture, '/e');
  assert.ok(changed > version);
  assert.equal(changed, last);
});
