export {
  type KvEngine,
  type KvEntry,
  KvError,
  type KvErrorCode,
  type KvRange,
  type KvStore,
  type KvWrite,
  prefixEnd,
} from './store.js';
