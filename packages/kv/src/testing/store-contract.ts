import assert from 'node:assert/strict';
import type { KvWrite } from '../store.js';
import type { StoreTest } from './engine-contract.js';
import { bytes, entriesOf, put, remove, text } from './entries.js';

/** The part of the contract about single entries and applications. */
export function storeContract(storeTest: StoreTest): void {
  storeTest('what was applied is read back, what was not is undefined', async (store) => {
    await store.apply([put('a', '1'), put('b', '22')]);
    assert.equal(text(store.getSync(bytes('a'))), '1');
    assert.equal(store.getSync(bytes('c')), undefined);
    const many = await store.getMany([bytes('b'), bytes('c'), bytes('a'), bytes('b')]);
    assert.deepEqual(many.map(text), ['22', undefined, '1', '22']);
    assert.deepEqual(await store.getMany([]), []);
  });

  storeTest('empty keys and values are entries like others', async (store) => {
    await store.apply([put('', 'of the empty key'), put('a', '')]);
    assert.equal(text(store.getSync(bytes(''))), 'of the empty key');
    assert.equal(store.getSync(bytes('a'))?.length, 0);
    assert.deepEqual((await store.getMany([bytes('a'), bytes('')])).map(text), ['', 'of the empty key']);
    assert.deepEqual(await entriesOf(store), ['=of the empty key', 'a=']);
    await store.apply([remove('')]);
    assert.deepEqual(await entriesOf(store), ['a=']);
  });

  storeTest('deleting takes an entry, and a missing one is fine', async (store) => {
    await store.apply([put('a', '1'), put('b', '2')]);
    await store.apply([remove('a'), remove('never')]);
    assert.equal(store.getSync(bytes('a')), undefined);
    assert.deepEqual(await entriesOf(store), ['b=2']);
  });

  storeTest('the last write of a key wins within an application', async (store) => {
    await store.apply([put('a', '1'), remove('a'), put('a', '2'), put('b', '1'), put('b', '2'), remove('b')]);
    assert.deepEqual(await entriesOf(store), ['a=2']);
  });

  storeTest('an empty application is fine', async (store) => {
    await store.apply([]);
    assert.deepEqual(await entriesOf(store), []);
  });

  storeTest('applications happen in call order, also many at once', async (store) => {
    const applied: Promise<void>[] = [];
    for (let index = 0; index < 300; index++) {
      applied.push(store.apply([put('counter', String(index)), put(`k${index % 7}`, String(index))]));
      if (index % 50 === 0) await applied[index];
    }
    await Promise.all(applied);
    assert.equal(text(store.getSync(bytes('counter'))), '299');
    for (let key = 0; key < 7; key++) {
      const last = Math.max(...Array.from({ length: 300 }, (_, index) => index).filter((index) => index % 7 === key));
      assert.equal(text(store.getSync(bytes(`k${key}`))), String(last));
    }
  });

  storeTest('keys of any bytes sort as unsigned bytes', async (store) => {
    const keys = [
      '',
      '\x00',
      '\x00\x00',
      '\x00\xff',
      '\x01',
      '\x7f',
      '\x80',
      '\xfe\xff',
      '\xff',
      '\xff\x00',
      '\xff\xff',
    ];
    await store.apply(keys.toReversed().map((key) => put(key, 'v')));
    assert.deepEqual(
      await entriesOf(store),
      keys.map((key) => `${key}=v`),
    );
  });

  storeTest('long keys and values are kept whole', async (store) => {
    const key = new Uint8Array(10_000).fill(7);
    const value = Uint8Array.from({ length: 3_000_000 }, (_, index) => index * 31);
    await store.apply([{ key, value }]);
    assert.ok(Buffer.from(value).equals(store.getSync(key) as Uint8Array));
    const [again] = await store.getMany([key]);
    assert.ok(Buffer.from(value).equals(again as Uint8Array));
  });

  storeTest('stored bytes are apart from those given and returned', async (store) => {
    const key = bytes('key');
    const value = bytes('value');
    const outer = bytes('..key..');
    await store.apply([{ key: outer.subarray(2, 5), value }]);
    value.fill(0);
    outer.fill(0);
    store.getSync(key)?.fill(1);
    (await store.getMany([key]))[0]?.fill(1);
    for await (const page of store.scan({})) for (const entry of page) entry.value.fill(1);
    assert.equal(text(store.getSync(key)), 'value');
  });

  storeTest('20,000 entries written, overwritten and deleted agree with a map', async (store) => {
    const model = new Map<string, string>();
    let state = 1;
    const next = (bound: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % bound;
    };
    for (let group = 0; group < 60; group++) {
      const writes: KvWrite[] = [];
      for (let index = 0; index < 500; index++) {
        const key = `key ${next(20_000)}`;
        if (next(4) === 0) {
          writes.push(remove(key));
          model.delete(key);
        } else {
          writes.push(put(key, String(group)));
          model.set(key, String(group));
        }
      }
      await store.apply(writes);
    }
    const expected = [...model.keys()].sort().map((key) => `${key}=${model.get(key)}`);
    assert.deepEqual(await entriesOf(store), expected);
    const keys = Array.from({ length: 300 }, (_, index) => `key ${index * 60}`);
    const found = await store.getMany(keys.map(bytes));
    assert.deepEqual(
      found.map(text),
      keys.map((key) => model.get(key)),
    );
    await store.apply([...model.keys()].map(remove));
    assert.deepEqual(await entriesOf(store), []);
  });
}
