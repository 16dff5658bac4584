export { type DirectoryLock, lockDirectory } from './directory-lock.js';
export { createLevelEngine } from './level/engine.js';
export { LEVEL_DEFAULTS, type LevelOptions } from './level/options.js';
export { createMemoryEngine } from './memory/engine.js';
export { compareKeys } from './order.js';
export {
  type KvEngine,
  type KvEntry,
  KvError,
  type KvErrorCode,
  type KvRange,
  type KvStore,
  type KvWrite,
  prefixEnd,
  SCAN_PAGE_ENTRIES,
} from './store.js';
