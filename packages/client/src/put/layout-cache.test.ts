import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TesseraError, type v1 } from '@tessera/protocol';
import { LAYOUT_CACHE_MS_MAX } from '../limits.js';
import type { OperationSink } from '../metadata/batcher.js';
import { Scopes } from '../scope.js';
import { ManualClock } from '../testing/manual-clock.js';
import { LayoutCache, parentOf } from './layout-cache.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (path: Uint8Array) => new TextDecoder().decode(path);

/** A metaserver with the given directories and their segment sizes. */
function setUp(directories: Record<string, number>) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const submit = async (_kind: string, request: v1.GetLayoutOperation.$Properties) => {
    const path = text(request.node?.path ?? new Uint8Array());
    asked.push(path);
    const segmentBytes = directories[path];
    if (segmentBytes === undefined) throw new TesseraError('NOT_FOUND', `no ${path}`);
    return { effective: { segmentBytes } };
  };
  const cache = new LayoutCache(clock, { submit } as unknown as OperationSink);
  const scopes = new Scopes(clock, 60_000);
  const of = (path: string, signal?: AbortSignal) =>
    cache.of(bytes(path), scopes.open('put', signal === undefined ? {} : { signal }));
  return { clock, cache, asked, of, directories };
}

const SEGMENT = 65_536;

test('the parent of a path', () => {
  const cases: [string, string][] = [
    ['/a/b/c', 'a/b'],
    ['a/b/c', 'a/b'],
    ['/a', ''],
    ['a', ''],
    ['a/b/', 'a'],
    ['/', ''],
    ['', ''],
  ];
  for (const [path, parent] of cases) assert.equal(text(parentOf(bytes(path))), parent, path);
});

test('a layout is asked once, for all who want it, until it is old', async () => {
  const { clock, asked, of, directories } = setUp({ a: SEGMENT });
  await Promise.all(Array.from({ length: 10 }, () => of('a')));
  assert.equal((await of('a')).layout.segmentBytes, SEGMENT);
  assert.deepEqual(asked, ['a']);
  directories.a = 2 * SEGMENT;
  await clock.advance(LAYOUT_CACHE_MS_MAX + 1);
  assert.equal((await of('a')).layout.segmentBytes, 2 * SEGMENT);
});

test('a directory that is not there has the layout of its nearest ancestor', async () => {
  const { asked, of, cache } = setUp({ '': SEGMENT, a: 2 * SEGMENT });
  const missing = await of('a/b/c');
  assert.deepEqual([missing.layout.segmentBytes, missing.exists, text(missing.path)], [2 * SEGMENT, false, 'a']);
  assert.deepEqual(asked, ['a/b/c', 'a/b', 'a']);
  assert.equal((await of('x')).layout.segmentBytes, SEGMENT);
  assert.equal((await of('a')).exists, true);
  cache.forget();
  await of('a');
  assert.equal(asked.at(-1), 'a');
});

test('one who gives up does not take the answer from the others, and a failure is not kept', async () => {
  const { of, directories, asked } = setUp({});
  await assert.rejects(of('a'), { code: 'NOT_FOUND' });
  directories[''] = SEGMENT;
  const controller = new AbortController();
  const first = of('a', controller.signal);
  const second = of('a');
  controller.abort();
  await first.catch(() => {});
  assert.equal((await second).layout.segmentBytes, SEGMENT);
  assert.ok(asked.length >= 4);
});

test('a layout that cannot be is refused here too', async () => {
  const { of } = setUp({ a: 1000 });
  await assert.rejects(of('a'), { code: 'INVALID_LAYOUT' });
});
