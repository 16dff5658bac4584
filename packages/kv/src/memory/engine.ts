import type { KvEngine } from '../store.js';
import { lockedError } from './errors.js';
import { MemoryStore } from './store.js';
import { KeyTree } from './tree.js';

/** Stores in memory that last as long as the engine, for tests and small tools. One opener a path, as on disk. */
export function createMemoryEngine(): KvEngine {
  const trees = new Map<string, KeyTree>();
  const open = new Set<string>();
  return {
    async open(path) {
      if (open.has(path)) throw lockedError('open', path);
      open.add(path);
      const tree = trees.get(path) ?? new KeyTree();
      trees.set(path, tree);
      return new MemoryStore(path, tree, () => open.delete(path));
    },
    async destroy(path) {
      if (open.has(path)) throw lockedError('destroy', path);
      trees.delete(path);
    },
  };
}
