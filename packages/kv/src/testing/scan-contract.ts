import assert from 'node:assert/strict';
import { type KvStore, prefixEnd } from '../store.js';
import type { StoreTest } from './engine-contract.js';
import { bytes, entriesOf, put, remove, text } from './entries.js';

/** The part of the contract about ranges of entries. */
export function scanContract(storeTest: StoreTest): void {
  storeTest('ranges include their start and exclude their end, in both directions', async (store) => {
    await fill(store, ['a', 'b', 'ba', 'c', 'd']);
    const ranges: [{ from?: string; to?: string }, string[]][] = [
      [{}, ['a', 'b', 'ba', 'c', 'd']],
      [{ from: 'b' }, ['b', 'ba', 'c', 'd']],
      [{ to: 'c' }, ['a', 'b', 'ba']],
      [{ from: 'b', to: 'c' }, ['b', 'ba']],
      [{ from: 'bb', to: 'cc' }, ['c']],
      [{ from: '', to: 'a' }, []],
      [{ to: '' }, []],
      [{ from: 'c', to: 'b' }, []],
      [{ from: 'c', to: 'c' }, []],
      [{ from: 'e' }, []],
    ];
    for (const [{ from, to }, expected] of ranges) {
      const range = { ...(from !== undefined && { from: bytes(from) }), ...(to !== undefined && { to: bytes(to) }) };
      assert.deepEqual(await keysOf(store, range), expected, `${from} to ${to}`);
      assert.deepEqual(
        await keysOf(store, { ...range, reverse: true }),
        expected.toReversed(),
        `${to} down to ${from}`,
      );
    }
  });

  storeTest('prefixEnd bounds a prefix, also one of the highest bytes', async (store) => {
    await fill(store, ['a', 'a\xff', 'a\xff\xff', 'b', '\xff', '\xff\xff', '\xff\xff\x01']);
    for (const [prefix, expected] of [
      ['a', ['a', 'a\xff', 'a\xff\xff']],
      ['a\xff', ['a\xff', 'a\xff\xff']],
      ['\xff', ['\xff', '\xff\xff', '\xff\xff\x01']],
      ['', ['a', 'a\xff', 'a\xff\xff', 'b', '\xff', '\xff\xff', '\xff\xff\x01']],
    ] as const) {
      const to = prefixEnd(bytes(prefix));
      assert.deepEqual(await keysOf(store, { from: bytes(prefix), ...(to && { to }) }), expected);
    }
  });

  storeTest('pages hold at most what the range says and nothing is lost between them', async (store) => {
    const keys = Array.from({ length: 2_500 }, (_, index) => String(index).padStart(5, '0'));
    await fill(store, keys);
    for (const [pageEntries, reverse] of [
      [1, false],
      [7, true],
      [250, false],
      [250, true],
      [undefined, false],
      [10_000, true],
    ] as const) {
      const found: string[] = [];
      for await (const page of store.scan({ reverse, ...(pageEntries && { pageEntries }) })) {
        assert.ok(page.length >= 1 && page.length <= (pageEntries ?? 1_000));
        found.push(...page.map(({ key }) => text(key) as string));
      }
      assert.deepEqual(found, reverse ? keys.toReversed() : keys);
    }
  });

  storeTest('a scan sees the store as it was when it began', async (store) => {
    await fill(store, ['a', 'b', 'c', 'd']);
    const scan = store.scan({ pageEntries: 1 });
    const reverse = store.scan({ pageEntries: 1, reverse: true });
    await store.apply([put('a', 'new'), remove('b'), put('bb', 'new')]);
    assert.equal(text((await scan.next()).value?.[0]?.value), 'v');
    await store.apply([remove('c'), remove('d'), put('e', 'new')]);
    const rest: string[] = [];
    for await (const page of scan) rest.push(...page.map(({ key, value }) => `${text(key)}=${text(value)}`));
    assert.deepEqual(rest, ['b=v', 'c=v', 'd=v']);
    const back: string[] = [];
    for await (const page of reverse) back.push(...page.map(({ key }) => text(key) as string));
    assert.deepEqual(back, ['d', 'c', 'b', 'a']);
    assert.deepEqual(await entriesOf(store), ['a=new', 'bb=new', 'e=new']);
  });

  storeTest('a scan that is left early, never begun or asked past its end does no harm', async (store) => {
    await fill(store, ['a', 'b', 'c']);
    for await (const page of store.scan({ pageEntries: 1 })) {
      assert.equal(text(page[0]?.key), 'a');
      break;
    }
    store.scan({});
    const left = store.scan({ pageEntries: 1 });
    await left.return?.();
    assert.deepEqual(await left.next(), { done: true, value: undefined });
    const ended = store.scan({});
    assert.equal((await ended.next()).value?.length, 3);
    assert.equal((await ended.next()).done, true);
    assert.equal((await ended.next()).done, true);
    assert.deepEqual(await keysOf(store), ['a', 'b', 'c']);
  });

  storeTest('pages asked for at once come one after another', async (store) => {
    await fill(store, ['a', 'b', 'c']);
    const scan = store.scan({ pageEntries: 1 });
    const pages = await Promise.all([scan.next(), scan.next(), scan.next(), scan.next()]);
    assert.deepEqual(
      pages.map(({ done, value }) => (done ? 'done' : text(value?.[0]?.key))),
      ['a', 'b', 'c', 'done'],
    );
  });

  storeTest('many scans are open at once while entries change', async (store) => {
    const scans: { scan: AsyncIterableIterator<unknown[]>; entries: number }[] = [];
    for (let round = 0; round < 40; round++) {
      await store.apply(Array.from({ length: 25 }, (_, index) => put(`${round}.${index}`, 'v')));
      scans.push({ scan: store.scan({ pageEntries: 10 }), entries: 25 * (round + 1) });
    }
    for (const { scan, entries } of scans) {
      let found = 0;
      for await (const page of scan) found += page.length;
      assert.equal(found, entries);
    }
  });
}

async function fill(store: KvStore, keys: readonly string[]): Promise<void> {
  await store.apply(keys.map((key) => put(key, 'v')));
}

async function keysOf(store: KvStore, range: Parameters<KvStore['scan']>[0] = {}): Promise<string[]> {
  return (await entriesOf(store, range)).map((entry) => entry.slice(0, entry.lastIndexOf('=')));
}
