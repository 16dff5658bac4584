import { type Clock, sleep } from '@tessera/env';
import type { KvEngine, KvStore } from '@tessera/kv';

/**
 * An engine whose reads take their values when they are called and give them `delayMs()` later, as a thread that was
 * slow to answer does. What is applied in between is missing from them.
 */
export function withEarlyReads(engine: KvEngine, clock: Clock, delayMs: () => number): KvEngine {
  return {
    destroy: (path) => engine.destroy(path),
    open: async (path) => {
      const store = await engine.open(path);
      return {
        getSync: (key) => store.getSync(key),
        getMany: async (keys) => {
          const values = keys.map((key) => store.getSync(key));
          await sleep(clock, delayMs());
          return values;
        },
        scan: (range) => store.scan(range),
        apply: (writes) => store.apply(writes),
        close: () => store.close(),
      } satisfies KvStore;
    },
  };
}
