import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedRandom, SimulatedWorld } from '@tessera/env/simulated';
import { KvError } from '../store.js';
import { bytes, entriesOf, put, text } from '../testing/entries.js';
import { createSimulatedEngine } from './engine.js';
import { SimulatedKvStorage } from './storage.js';
import type { KvLoss } from './stored.js';

const PATH = '/data/index';

function host(seed: number | string, loss: KvLoss = 'suffix') {
  const world = new SimulatedWorld({ seed });
  const storage = new SimulatedKvStorage(new SimulatedRandom(`storage ${seed}`), { loss });
  const start = () => {
    const process = world.host('one').start('test');
    return { process, engine: createSimulatedEngine(process, storage) };
  };
  const keys = () => storage.entries(PATH).map(({ key }) => text(key));
  return { world, storage, start, keys };
}

test('a power loss takes a suffix of what was applied since the last close, or with holes any of it', async () => {
  for (const loss of ['suffix', 'holes'] satisfies KvLoss[]) {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const { world, start, keys } = host(seed, loss);
      const first = start();
      const before = await world.drive(first.engine.open(PATH));
      await world.drive(before.apply([put('0', 'closed')]));
      await world.drive(before.close());
      const store = await world.drive(first.engine.open(PATH));
      for (const key of ['1', '2', '3']) await world.drive(store.apply([put(key, 'v'), put(`${key}b`, 'v')]));
      first.process.crash('power');
      const left = keys();
      assert.equal(left[0], '0', 'what was closed is kept');
      outcomes.add(left.slice(1).join(''));
    }
    const expected = loss === 'suffix' ? 4 : 8;
    assert.equal(outcomes.size, expected, [...outcomes].join(' | '));
    for (const outcome of outcomes)
      assert.match(outcome, /^(11b)?(22b)?(33b)?$/, 'an application is kept whole or not');
  }
});

test('a kill takes nothing, and frees the lock', async () => {
  const { world, start, keys } = host(1);
  const first = start();
  const store = await world.drive(first.engine.open(PATH));
  await world.drive(store.apply([put('a', '1')]));
  const second = start();
  await assert.rejects(world.drive(second.engine.open(PATH)), (error) => (error as KvError).code === 'LOCKED');
  first.process.crash('kill');
  assert.deepEqual(keys(), ['a']);
  const again = await world.drive(second.engine.open(PATH));
  assert.deepEqual(await world.drive(entriesOf(again)), ['a=1']);
});

test('an application under way at a crash is not made, and nothing of the dead is heard', async () => {
  const { world, start, keys } = host(2);
  const { process, engine } = start();
  const store = await world.drive(engine.open(PATH));
  let heard = false;
  for (const promise of [store.apply([put('a', '1')]), store.getMany([bytes('a')]), store.close()]) {
    promise.finally(() => {
      heard = true;
    });
  }
  process.crash('kill');
  await world.run();
  assert.equal(heard, false);
  assert.deepEqual(keys(), []);
});

test('crashed after an application its effect is there, before it not; a failed one has none', async () => {
  for (const [when, expected] of [
    ['before', []],
    ['after', ['a']],
  ] as const) {
    const { world, start, keys } = host(when);
    const { process, engine } = start();
    const store = await world.drive(engine.open(PATH));
    world.faults = (call) => (call.kind === 'kv.apply' ? { type: 'crash', when, kind: 'kill' } : undefined);
    store.apply([put('a', '1')]);
    await world.run();
    assert.equal(process.alive, false);
    assert.deepEqual(keys(), expected);
  }
  const { world, start, keys } = host(3);
  const store = await world.drive(start().engine.open(PATH));
  world.faults = (call) => (call.subject === PATH ? { type: 'error', code: 'IO' } : undefined);
  const isIo = (error: unknown) => error instanceof KvError && error.code === 'IO';
  await assert.rejects(world.drive(store.apply([put('a', '1')])), isIo);
  assert.throws(() => store.getSync(bytes('a')), isIo);
  world.faults = undefined;
  assert.deepEqual(keys(), []);
});

test('delays never change the order of applications', async () => {
  const { world, start } = host(4);
  const store = await world.drive(start().engine.open(PATH));
  let calls = 0;
  world.faults = () => ({ type: 'delay', delayMs: 100 - calls++ });
  await world.drive(Promise.all(Array.from({ length: 50 }, (_, index) => store.apply([put('a', String(index))]))));
  assert.equal(text(store.getSync(bytes('a'))), '49');
});

test('an entry can rot or vanish, also under an open store, and stays so after a power loss', async () => {
  const { world, storage, start } = host(5);
  const first = start();
  const store = await world.drive(first.engine.open(PATH));
  const buffers = { key: Buffer.from('a'), value: Buffer.from('aa') };
  await world.drive(store.apply([buffers, put('b', 'bb'), put('c', 'cc')]));
  const read = store.getSync(bytes('a'));
  storage.corrupt(PATH, bytes('a'), 1, 1);
  assert.deepEqual([text(read), text(buffers.value)], ['aa', 'aa'], 'what somebody has in memory does not rot');
  storage.drop(PATH, bytes('b'));
  assert.deepEqual(await world.drive(entriesOf(store)), ['a=ac', 'c=cc']);
  assert.throws(() => storage.drop(PATH, bytes('b')), RangeError);
  assert.throws(() => storage.corrupt(PATH, bytes('a'), 2), RangeError);
  first.process.crash('power');
  const again = await world.drive(start().engine.open(PATH));
  assert.deepEqual(await world.drive(entriesOf(again)), ['a=ac', 'c=cc']);
});

test('a power loss also takes what a process left that was killed before, though nobody has the store open', async () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    const { world, storage, start, keys } = host(seed);
    const first = start();
    const store = await world.drive(first.engine.open(PATH));
    for (const key of ['1', '2']) await world.drive(store.apply([put(key, 'v')]));
    first.process.crash('kill');
    storage.loseUnsynced();
    outcomes.add(keys().join(''));
  }
  assert.deepEqual([...outcomes].sort(), ['', '1', '12']);
});

test('stores go back to what they were, durably', async () => {
  const { world, storage, start, keys } = host(6);
  const first = start();
  const store = await world.drive(first.engine.open(PATH));
  await world.drive(store.apply([put('a', 'aa'), put('b', 'bb')]));
  const image = storage.image();
  storage.corrupt(PATH, bytes('a'));
  await world.drive(store.apply([put('c', 'cc'), { key: bytes('b'), value: undefined }]));
  const other = await world.drive(first.engine.open('/data/other'));
  await world.drive(other.apply([put('x', 'y')]));
  assert.deepEqual(storage.paths(), [PATH, '/data/other']);
  first.process.crash('power');
  storage.restore(image);
  storage.loseUnsynced();
  assert.deepEqual([storage.paths(), keys()], [[PATH], ['a', 'b']]);
  const again = await world.drive(start().engine.open(PATH));
  assert.deepEqual(await world.drive(entriesOf(again)), ['a=aa', 'b=bb']);
});
