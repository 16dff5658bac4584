import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryEngine, type KvRange } from '@tessera/kv';
import { entryHash } from './digest.js';
import { SCAN_PAGE_ENTRIES_MAX } from './limits.js';
import { Overlay } from './overlay.js';
import { Scanner } from './scanner.js';
import { HASH_BYTES } from './stored-value.js';
import { ValueCache } from './value-cache.js';
import { View } from './view.js';

const ENTRIES = 2 * SCAN_PAGE_ENTRIES_MAX;

test('a scan of a few more than a page reads hardly more from the view than it answers', async () => {
  const engine = createMemoryEngine();
  let read = 0;
  const view = await View.open(
    {
      ...engine,
      async open(path) {
        const store = await engine.open(path);
        const scan = async function* (range: KvRange) {
          for await (const page of store.scan(range)) {
            read += page.length;
            yield page;
          }
        };
        return new Proxy(store, {
          get: (target, name) => {
            const member = name === 'scan' ? scan : Reflect.get(target, name);
            return typeof member === 'function' ? member.bind(target) : member;
          },
        });
      },
    },
    'view',
  );
  await view.load(
    Array.from({ length: ENTRIES }, (_, index) => {
      const key = Buffer.alloc(5);
      key.writeUInt8(1, 0);
      key.writeUInt32BE(index, 1);
      const value = Buffer.alloc(HASH_BYTES + 1);
      value.writeBigUInt64BE(entryHash(key, value.subarray(HASH_BYTES)), 0);
      return { key, value };
    }),
  );
  const scanner = new Scanner(view, new Overlay(new ValueCache(1_000)), (error) => assert.fail(String(error)));
  for (const limit of [1, SCAN_PAGE_ENTRIES_MAX, SCAN_PAGE_ENTRIES_MAX + 1, ENTRIES]) {
    read = 0;
    const entries = await scanner.scan({ from: Uint8Array.of(1), to: Uint8Array.of(2) }, limit);
    assert.equal(entries.length, limit);
    assert.ok(read <= limit + 1, `${read} entries read for ${limit}`);
  }
});
