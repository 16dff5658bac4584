import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LAYOUT, EXTENTS_PER_REPLY_MAX, encodeId, inheritLayout, type v1 } from '@tessera/protocol';
import { layoutOf } from '../../testing/cluster-fixture.js';
import { NamespaceFixture, node, type WrittenFile } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';

const COPIES_2 = layoutOf('copies-2');

/** A file staged in pieces of these many extents of 1,000 bytes, each piece `gap` bytes after the one before. */
async function stageFile(
  fixture: NamespaceFixture,
  pieces: number[],
  gap = 0,
): Promise<{ inode: Uint8Array; offsets: number[] }> {
  const { inode } = await fixture.op('stage', { directory: node('/d') });
  const offsets: number[] = [];
  let end = 0;
  for (const count of pieces) {
    const { extents, stripes, bytes }: WrittenFile = await fixture.written(COPIES_2, count, 1000, end);
    const result = await fixture.op('extend', { inode: inode ?? new Uint8Array(), extents, stripes });
    assert.equal(Number(result.bytes), bytes);
    for (const { fileOffset } of extents) offsets.push(Number(fileOffset));
    end = bytes + gap;
  }
  return { inode: inode ?? new Uint8Array(), offsets };
}

async function setUp() {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d', COPIES_2);
  return fixture;
}

function offsetsOf({ extents }: v1.ResolveResult.$Properties): number[] {
  return (extents ?? []).map(({ fileOffset }) => Number(fileOffset));
}

test('a file grows in pieces and appears at once', async () => {
  const fixture = await setUp();
  const { inode, offsets } = await stageFile(fixture, [10, 3, 50, 1, 100]);
  assert.equal((await fixture.totals()).files, 0);
  assert.deepEqual(await fixture.names('/d'), []);
  await refused(fixture.op('stat', { node: node('', inode) }), 'NOT_FOUND', /not there/);

  const { attributes } = await fixture.op('publish', { inode, node: node('/d/big'), bytes: 164_000, mode: 0o600 });
  assert.equal(attributes?.mode, 0o600);
  assert.equal(Number(attributes?.bytes), 164_000);
  assert.deepEqual(attributes, await fixture.stat('/d/big'));
  const read = await fixture.op('resolve', { node: node('/d/big') });
  assert.deepEqual(offsetsOf(read), offsets);
  assert.equal(read.stripes?.length, 164);
  const totals = await fixture.totals();
  assert.deepEqual([totals.files, totals.logicalBytes, totals.liveBytes], [1, 164_000, 328_000]);

  // Neither again nor by any other way.
  await refused(fixture.op('publish', { inode, node: node('/d/two'), bytes: 164_000 }), 'NOT_FOUND', /published/);
  await refused(
    fixture.op('extend', {
      inode,
      ...(await fixture.written(COPIES_2, 1, 1000, 164_000)),
    } as v1.ExtendOperation.$Properties),
    'NOT_FOUND',
    /published/,
  );
});

test('every range of a file of many rows resolves to just its extents, with and without gaps', async () => {
  for (const gap of [0, 123_000]) {
    const fixture = await setUp();
    const { inode, offsets } = await stageFile(fixture, [30, 5, 200, 70], gap);
    const bytes = (offsets.at(-1) ?? 0) + 1_000;
    await fixture.op('publish', { inode, node: node('/d/f'), bytes: bytes + 500 });
    const from = [0, 1, 999, 1_000, 15_999, 16_000, 79_999, 80_000, 150_500, bytes - 1, bytes, bytes + 9_999];
    for (const offset of from) {
      for (const length of [0, 1, 1_000, 1_001, 64_000, 200_000]) {
        const read = await fixture.op('resolve', { node: node('/d/f'), offset, length });
        const end = length === 0 ? Number.POSITIVE_INFINITY : offset + length;
        const expected = offsets.filter((start) => start + 1_000 > offset && start < end);
        assert.deepEqual(offsetsOf(read), expected, `gap ${gap}, [${offset}, +${length})`);
        assert.equal(Number(read.nextOffset), 0);
      }
    }
  }
});

test('a long reply is cut and says where to go on', async () => {
  const fixture = await setUp();
  const { inode, offsets } = await stageFile(fixture, [1000, 1000, 300]);
  await fixture.op('publish', { inode, node: node('/d/f'), bytes: 2_300_000 });
  const seen: number[] = [];
  let offset = 0;
  do {
    const read = await fixture.op('resolve', { node: node('/d/f'), offset });
    assert.ok((read.extents?.length ?? 0) <= EXTENTS_PER_REPLY_MAX);
    seen.push(...offsetsOf(read));
    offset = Number(read.nextOffset);
  } while (offset !== 0);
  assert.deepEqual(seen, offsets);
});

test('pieces come in order, publishing needs them all within the file', async () => {
  const fixture = await setUp();
  const { inode } = await stageFile(fixture, [2]);
  const early = await fixture.written(COPIES_2, 1, 1000, 1_999);
  const extend = (written: Partial<WrittenFile>) => {
    const { extents = [], stripes = [] } = written;
    return fixture.op('extend', { inode, extents, stripes });
  };
  await refused(extend(early), 'INVALID_ARGUMENT', /begin at 1999, the staged file ends at 2000/);
  await refused(extend({}), 'INVALID_ARGUMENT', /no extents/);
  await refused(fixture.op('publish', { inode, node: node('/d/f'), bytes: 1_999 }), 'INVALID_ARGUMENT', /has 2000/);
  await refused(fixture.op('extend', { extents: early.extents }), 'INVALID_ARGUMENT', /inode is missing/);
  await refused(fixture.op('publish', { node: node('/d/f') }), 'INVALID_ARGUMENT', /inode is missing/);
  await refused(fixture.op('publish', { inode: new Uint8Array(7), node: node('/d/f') }), 'INVALID_ARGUMENT', /8 bytes/);
  await refused(fixture.op('publish', { inode: encodeId(999n), node: node('/d/f') }), 'NOT_FOUND', /staged no file/);
  await refused(fixture.op('stage', { directory: node('/none') }), 'NOT_FOUND', /"none"/);
  await refused(fixture.op('stage', {}), 'INVALID_ARGUMENT', /directory is missing/);

  await fixture.put('/d/f', 'old');
  await refused(fixture.op('publish', { inode, node: node('/d/f'), bytes: 2_000 }), 'EXISTS', /exists/);
  await fixture.op('publish', { inode, node: node('/d/f'), bytes: 2_500, replace: true });
  assert.equal(Number((await fixture.stat('/d/f')).bytes), 2_500);
  assert.equal((await fixture.totals()).files, 1);
  const { inode: empty } = await fixture.op('stage', { directory: node('/d') });
  await fixture.op('publish', { inode: empty ?? null, node: node('/new/empty'), makeParents: true });
  assert.deepEqual(await fixture.names('/new'), ['empty']);
});

test('a staged file belongs to its session and keeps the layout it was staged with', async () => {
  const fixture = await setUp();
  const { inode, layout } = await fixture.op('stage', { directory: node('/d') });
  assert.deepEqual(inheritLayout(DEFAULT_LAYOUT, layout), COPIES_2);
  await fixture.op('setLayout', { node: node('/d'), layout: { redundancy: { data: 4, parity: 2 } } });
  const { extents, stripes } = await fixture.written(COPIES_2, 1);
  assert.equal(Number((await fixture.op('extend', { inode: inode ?? null, extents, stripes })).bytes), 1000);
  fixture.session = await fixture.openSession(2);
  await refused(
    fixture.op('publish', { inode: inode ?? null, node: node('/d/f'), bytes: 1000 }),
    'NOT_FOUND',
    /staged no file/,
  );
});
