import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TesseraError } from '@tessera/protocol';
import type { Attributes, Path } from '../node-api.js';
import type { Content, PutOptions, PutResult } from '../put/api.js';
import type { ManyProgress } from './api.js';
import { getMany, putMany, statMany } from './many-calls.js';

const missing = new TesseraError('NOT_FOUND', 'not there');

function attributes(bytes: number): Attributes {
  return { bytes } as Attributes;
}

/** Takes everything but what is called bad. */
class Sink {
  readonly put: { path: Path; options: PutOptions | undefined }[] = [];
  async putFile(path: Path, content: Content, options?: PutOptions): Promise<PutResult> {
    this.put.push({ path, options });
    if (path === '/bad') throw missing;
    return { attributes: attributes((content as Uint8Array).length), protection: 'full' };
  }
}

async function all<Result>(results: AsyncIterable<Result>): Promise<Result[]> {
  const taken: Result[] = [];
  for await (const result of results) taken.push(result);
  return taken;
}

test('outcomes bring their entries back, and progress counts files, failures and bytes', async () => {
  const sink = new Sink();
  const seen: ManyProgress[] = [];
  const entries = [
    { path: '/a', content: new Uint8Array(3), tag: 1 },
    { path: '/bad', content: new Uint8Array(9), tag: 2 },
    { path: '/b', content: async () => new Uint8Array(4), tag: 3 },
  ];
  const outcomes = await all(putMany(sink, entries, { concurrency: 1, onProgress: (now) => seen.push(now) }));
  assert.deepEqual(
    outcomes.map(({ entry: { tag }, ok }) => [tag, ok]),
    [
      [1, true],
      [2, false],
      [3, true],
    ],
  );
  assert.deepEqual(seen.at(-1), { done: 2, failed: 1, bytes: 7 });
  assert.equal(seen.length, 3);
});

test('what an entry says goes before what is said for all', async () => {
  const sink = new Sink();
  const content = new Uint8Array();
  const entries = [
    { path: '/a', content, replace: false, mode: 0o600, modifiedNs: 5n },
    { path: '/b', content, bytes: 3 },
  ];
  await all(putMany(sink, entries, { replace: true, makeParents: true }));
  assert.deepEqual(
    sink.put.map(({ options }) => options),
    [
      { replace: false, makeParents: true, mode: 0o600, modifiedNs: 5n },
      { replace: true, makeParents: true },
    ],
  );
});

test('content that cannot be opened fails its own file only', async () => {
  const gone = () => Promise.reject(missing);
  const entries = [
    { path: '/a', content: gone },
    { path: '/b', content: new Uint8Array(1) },
  ];
  const outcomes = await all(putMany(new Sink(), entries, { concurrency: 1 }));
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.ok ? outcome.result.attributes.bytes : outcome.error.code)),
    ['NOT_FOUND', 1],
  );
});

test('lengths that are known bound what is opened and fetched at a time', async () => {
  let open = 0;
  let most = 0;
  const content = async () => {
    most = Math.max(most, ++open);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    open--;
    return new Uint8Array(60);
  };
  const entries = Array.from({ length: 12 }, (_, index) => ({ path: `/${index}`, content, bytes: 60 }));
  await all(putMany(new Sink(), entries, { bytesInFlightMax: 130 }));
  assert.equal(most, 2);
  most = 0;
  await all(getMany({ getFile: content }, entries, { bytesInFlightMax: 130 }));
  assert.equal(most, 2);
  most = 0;
  await all(
    getMany(
      { getFile: content },
      entries.map(({ path }) => path),
    ),
  );
  assert.ok(most > 2);
});

test('gets and stats take paths or entries', async () => {
  const bytes = Buffer.from('/raw');
  const getFile = async (path: Path) => (path === '/bad' ? Promise.reject(missing) : new Uint8Array(2));
  const got = await all(getMany({ getFile }, ['/a', bytes, { path: '/bad', bytes: 1 }], { concurrency: 1 }));
  assert.deepEqual(
    got.map(({ entry, ok }) => [entry, ok]),
    [
      ['/a', true],
      [bytes, true],
      [{ path: '/bad', bytes: 1 }, false],
    ],
  );
  const stat = async (path: Path, options?: object) => {
    assert.deepEqual(options, { follow: false });
    return path === '/bad' ? Promise.reject(missing) : attributes(7);
  };
  const stated = await all(statMany({ stat }, [{ path: '/a' }, { path: '/bad' }], { follow: false }));
  assert.deepEqual(
    stated.map((outcome) => (outcome.ok ? outcome.attributes.bytes : outcome.error.code)),
    [7, 'NOT_FOUND'],
  );
});

test('limits that are none are refused', () => {
  for (const options of [
    { concurrency: 0 },
    { concurrency: 1.5 },
    { bytesInFlightMax: 0 },
    { bytesInFlightMax: Number.NaN },
  ]) {
    assert.throws(() => putMany(new Sink(), [], options), { code: 'INVALID_ARGUMENT' });
  }
});
