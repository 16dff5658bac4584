import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { reapAll } from '../../background/reaper.js';
import { Table } from '../../records/keys.js';
import { layoutOf } from '../../testing/cluster-fixture.js';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';

/** What the names of one file have in common. */
interface ModelFile {
  readonly content: string;
}

const COPIES_2 = layoutOf('copies-2');
const NAMES = ['/a/x', '/a/y', '/b/x', '/b/y'];

/** Which segments a file has says what is in it; undefined when nothing has the name. */
async function contentOf(fixture: NamespaceFixture, path: string): Promise<string | undefined> {
  try {
    const { extents } = await fixture.op('resolve', { node: node(path) });
    return (extents ?? []).map(({ segment }) => Buffer.from(segment ?? []).toString('hex')).join(' ');
  } catch {
    return undefined;
  }
}

test('links, copies, renames and removals in any order: content stays while something names it, and no longer', async () => {
  const name = fc.constantFrom(...NAMES);
  const step = fc.tuple(fc.constantFrom('put', 'link', 'copy', 'rename', 'remove', 'reap'), name, name);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const fixture = await NamespaceFixture.create();
      for (const directory of ['/a', '/b']) await fixture.mkdir(directory, COPIES_2);
      const model = new Map<string, ModelFile>();
      for (const [kind, from, to] of steps) {
        const source = model.get(from);
        if (kind === 'reap') {
          await reapAll(fixture.store);
        } else if (kind === 'put') {
          // Some with rows, which go through the reaper.
          const count = 1 + ((model.size * 7) % 20);
          await fixture.op('putFile', { node: node(from), replace: true, ...(await fixture.written(COPIES_2, count)) });
          model.set(from, { content: (await contentOf(fixture, from)) ?? '' });
        } else if (kind === 'remove') {
          await fixture.op('remove', { node: node(from) }).catch(() => assert.equal(source, undefined));
          model.delete(from);
        } else {
          const places = { from: node(from), to: node(to), replace: true };
          const operation =
            kind === 'link'
              ? fixture.op('link', { from: places.from, to: places.to })
              : fixture.op(kind as 'copy' | 'rename', places);
          const isDone = await operation.then(
            () => true,
            () => false,
          );
          const isSame = source !== undefined && source === model.get(to);
          const refusals = { link: model.has(to), copy: isSame, rename: false };
          const expected = source !== undefined && !refusals[kind as keyof typeof refusals];
          assert.equal(isDone, expected, `${kind} ${from} ${to}`);
          if (!isDone || source === undefined || isSame) continue;
          model.set(to, kind === 'copy' ? { content: source.content } : source);
          if (kind === 'rename') model.delete(from);
        }
      }
      const files = [...model.values()];
      for (const path of NAMES) assert.equal(await contentOf(fixture, path), model.get(path)?.content);
      for (const [path, file] of model) {
        assert.equal((await fixture.stat(path)).links, files.filter((other) => other === file).length);
      }
      assert.equal((await fixture.totals()).files, new Set(files).size);
      await reapAll(fixture.store);
      const segments = new Set(files.flatMap(({ content }) => content.split(' ')));
      assert.equal((await fixture.totals()).liveBytes, segments.size * 2_000);
      for (const path of model.keys()) await fixture.op('remove', { node: node(path) });
      await reapAll(fixture.store);
      const left = [...fixture.cluster.store.entries.keys()].filter((key) =>
        [Table.SEGMENT, Table.EXTENT_ROW, Table.REAPED].some((table) => key.startsWith(table.toString(16))),
      );
      assert.deepEqual(left, []);
      assert.equal((await fixture.totals()).liveBytes, 0);
    }),
    { numRuns: 60 },
  );
});
