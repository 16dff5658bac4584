import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lockDirectory } from '../directory-lock.js';
import { type KvEngine, KvError, type KvErrorCode, type KvStore } from '../store.js';
import { bytes, entriesOf, put } from './entries.js';
import type { OpenKvFixture } from './fixture.js';
import { scanContract } from './scan-contract.js';
import { storeContract } from './store-contract.js';

export type EngineTest = (title: string, body: (engine: KvEngine, root: string) => Promise<void>) => void;
export type StoreTest = (title: string, body: (store: KvStore) => Promise<void>) => void;

/** Registers the tests that every KvEngine must pass. */
export function engineContract(name: string, open: OpenKvFixture): void {
  const engineTest: EngineTest = (title, body) =>
    test(title, async () => {
      const fixture = await open();
      try {
        await fixture.drive(body(fixture.engine, fixture.root));
      } finally {
        await fixture.close();
      }
    });
  const storeTest: StoreTest = (title, body) =>
    engineTest(title, async (engine, root) => {
      const store = await engine.open(`${root}/store`);
      try {
        await body(store);
      } finally {
        await store.close();
      }
    });

  describe(`KvStore contract: ${name}`, () => storeContract(storeTest));
  describe(`KvStore contract, scans: ${name}`, () => scanContract(storeTest));
  describe(`KvEngine contract: ${name}`, () => openingContract(engineTest));
}

function openingContract(engineTest: EngineTest): void {
  engineTest('a store keeps its entries from one opening to the next', async (engine, root) => {
    const first = await engine.open(`${root}/a`);
    await first.apply([put('x', '1'), put('y', '')]);
    await first.close();
    const second = await engine.open(`${root}/a`);
    assert.deepEqual(await entriesOf(second), ['x=1', 'y=']);
    await second.close();
  });

  engineTest('stores of different paths are apart', async (engine, root) => {
    const [one, other] = await Promise.all([engine.open(`${root}/a`), engine.open(`${root}/b`)]);
    await one.apply([put('x', '1')]);
    assert.deepEqual([await entriesOf(one), await entriesOf(other)], [['x=1'], []]);
    await Promise.all([one.close(), other.close()]);
  });

  engineTest('a path has one opener at a time', async (engine, root) => {
    const store = await engine.open(`${root}/a`);
    await fails(engine.open(`${root}/a`), 'LOCKED', `${root}/a`);
    await fails(engine.destroy(`${root}/a`), 'LOCKED', `${root}/a`);
    await store.apply([put('x', '1')]);
    await store.close();
    await (await engine.open(`${root}/a`)).close();
  });

  engineTest('of many openers at once one gets the store', async (engine, root) => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => engine.open(`${root}/a`)));
    const opened = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    assert.equal(opened.length, 1);
    await opened[0]?.close();
  });

  engineTest('destroy deletes a store, and a missing one is fine', async (engine, root) => {
    const store = await engine.open(`${root}/a`);
    await store.apply([put('x', '1')]);
    await store.close();
    await engine.destroy(`${root}/a`);
    await engine.destroy(`${root}/a`);
    await engine.destroy(`${root}/never/was`);
    const again = await engine.open(`${root}/a`);
    assert.deepEqual(await entriesOf(again), []);
    await again.close();
  });

  engineTest('after close everything but close fails with CLOSED', async (engine, root) => {
    const path = `${root}/a`;
    const store = await engine.open(path);
    await Promise.all([store.close(), store.close()]);
    await store.close();
    assert.throws(() => store.getSync(bytes('x')), isError('CLOSED', path));
    assert.throws(() => store.scan({}), isError('CLOSED', path));
    await fails(store.getMany([bytes('x')]), 'CLOSED', path);
    await fails(store.apply([put('x', '1')]), 'CLOSED', path);
  });

  engineTest('close finishes what was applied before it', async (engine, root) => {
    const store = await engine.open(`${root}/a`);
    const applied = Array.from({ length: 50 }, (_, index) => store.apply([put(`k${index}`, 'v')]));
    await store.close();
    await Promise.all(applied);
    const again = await engine.open(`${root}/a`);
    assert.equal((await entriesOf(again)).length, 50);
    await again.close();
  });

  engineTest('close ends a scan that is open', async (engine, root) => {
    const store = await engine.open(`${root}/a`);
    await store.apply(Array.from({ length: 10 }, (_, index) => put(`k${index}`, 'v')));
    const scan = store.scan({ pageEntries: 3 });
    assert.equal((await scan.next()).value?.length, 3);
    await store.close();
    await fails(scan.next(), 'CLOSED', `${root}/a`);
    await scan.return?.();
    await (await engine.open(`${root}/a`)).close();
  });

  engineTest('a directory is locked for one holder, who is told apart', async (engine, root) => {
    const lock = await lockDirectory(engine, root);
    await assert.rejects(lockDirectory(engine, root), (error) => {
      assert.ok(isError('LOCKED', root)(error));
      assert.match((error as Error).message, /another daemon uses the directory/);
      return true;
    });
    await lock.release();
    await lock.release();
    await (await lockDirectory(engine, root)).release();
  });
}

function isError(code: KvErrorCode, path: string) {
  return (error: unknown) => {
    assert.ok(error instanceof KvError, String(error));
    assert.equal(error.code, code, error.message);
    assert.ok(error.message.includes(path), error.message);
    return true;
  };
}

async function fails(operation: Promise<unknown>, code: KvErrorCode, path: string): Promise<void> {
  await assert.rejects(operation, isError(code, path));
}
