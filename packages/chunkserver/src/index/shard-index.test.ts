import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, silentLog } from '@tessera/env';
import { createMemoryEngine, type KvEngine } from '@tessera/kv';
import { EntryKind, type LocatedEntry } from '../log/entry.js';
import { ShardIndex } from './shard-index.js';

const ENTRY: LocatedEntry = {
  pg: 1,
  stripe: 2n,
  slot: 3,
  kind: EntryKind.PUT,
  recovered: false,
  lsn: 1,
  root: 4n,
  offset: 4096,
  headerBytes: 100,
  payloadBytes: 5,
  position: 3,
  era: 0,
  file: 1,
};

test('a shard that reaches the store while it is looked for is found', async () => {
  const due: (() => void)[] = [];
  const clock: Clock = {
    monotonicMs: () => 0,
    wallNs: () => 0n,
    schedule: (_, callback) => {
      due.push(callback);
      return { cancel() {} };
    },
  };
  let applied = () => {};
  const isApplied = new Promise<void>((resolve) => {
    applied = resolve;
  });
  const memory = createMemoryEngine();
  /** Reads what is there at the call, and answers once the row has been written. */
  const kv: KvEngine = {
    destroy: (path) => memory.destroy(path),
    async open(path) {
      const store = await memory.open(path);
      return Object.assign(Object.create(store), {
        getSync: (key: Uint8Array) => store.getSync(key),
        close: () => store.close(),
        async apply(writes: Parameters<typeof store.apply>[0]) {
          await store.apply(writes);
          applied();
        },
        async getMany(keys: readonly Uint8Array[]) {
          const values = keys.map((key) => store.getSync(key));
          for (const callback of due.splice(0)) callback();
          await isApplied;
          await new Promise((resolve) => setImmediate(resolve));
          return values;
        },
      });
    },
  };
  const { index } = await ShardIndex.open({ kv, clock, log: silentLog }, '/index');
  index.record(ENTRY, undefined);
  index.synced(1);
  const [found] = await index.lookupMany([ENTRY]);
  assert.deepEqual(found, ENTRY);
  assert.deepEqual(index.lookup(ENTRY), ENTRY);
  await index.close(1);
});
