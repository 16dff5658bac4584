import { Level } from 'level';
import type { KvEngine } from '../store.js';
import { kvErrorFrom } from './errors.js';
import { LEVEL_DEFAULTS, type LevelOptions } from './options.js';
import { LevelStore } from './store.js';

/** `level` has this outside browsers, where its types do not know of it. */
const { destroy } = Level as unknown as { destroy(path: string): Promise<void> };

/** Stores on disk, in LevelDB. */
export function createLevelEngine(options: LevelOptions = {}): KvEngine {
  const { cacheBytes, writeBufferBytes, compression, openFilesMax } = { ...LEVEL_DEFAULTS, ...options };
  return {
    async open(path) {
      const level = new Level<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' });
      try {
        await level.open({
          cacheSize: cacheBytes,
          writeBufferSize: writeBufferBytes,
          maxOpenFiles: openFilesMax,
          compression,
        } as Parameters<typeof level.open>[0]);
      } catch (error) {
        throw kvErrorFrom(error, 'open', path);
      }
      return new LevelStore(path, level);
    },
    async destroy(path) {
      try {
        await destroy(path);
      } catch (error) {
        throw kvErrorFrom(error, 'destroy', path);
      }
    },
  };
}
