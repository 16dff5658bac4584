export { v1 } from '../generated/v1.js';
export { BufferPool } from './buffer-pool.js';
export { parseByteCount } from './byte-count.js';
export { blockChecksums, blockCount, firstBadBlock, hash64, shardRoot } from './checksum.js';
export {
  checkDistribution,
  DISTRIBUTION_SERVERS_MAX,
  type DistributionName,
  type DistributionSpec,
  STRIPS_MAX,
  type Strip,
  stripServers,
  TWOD_FACTOR_DEFAULT,
  TWOD_GROUPS_DEFAULT,
} from './distribution-spec.js';
export { DISTRIBUTION_CHARACTERS_MAX, formatDistribution, parseDistribution } from './distribution-text.js';
export {
  type ErrorCode,
  fromCallStatus,
  fromWireError,
  isErrorCode,
  TesseraError,
  toCallStatus,
  toWireError,
} from './errors.js';
export {
  encodeFrameHead,
  FRAME_FLAG_ERROR,
  FRAME_FLAG_REPLY,
  FRAME_VERSION,
  type Frame,
  FrameDecoder,
  FrameError,
  FrameKind,
} from './frame.js';
export {
  counterOf,
  decodeId,
  ERA_MAX,
  encodeId,
  eraOf,
  formatId,
  ID_BYTES,
  ID_COUNTER_MAX,
  ID_NONE,
  type Id,
  makeId,
  ROOT_INODE,
  readUint32,
  readUint64,
  writeUint32,
  writeUint64,
} from './ids.js';
export { toBigInt, toLong, toSafeNumber } from './int64.js';
export {
  checkLabels,
  checkLayout,
  DEFAULT_LAYOUT,
  inheritLayout,
  type Layout,
  layoutToWire,
} from './layout.js';
export * from './limits.js';
export { checkName, decodeName, encodePath, showName, splitPath } from './path.js';
export { computeReceipt, type ReceiptClaim, receiptHolds } from './receipt.js';
export { checkRedundancy, formatRedundancy, parseRedundancy, type Redundancy } from './redundancy.js';
export {
  addHandlers,
  adminService,
  callMethod,
  clusterService,
  type Decoded,
  type Encodable,
  type Handlers,
  type Method,
  metadataService,
} from './rpc.js';
export { distributionServersMin, linesUp, requiredServers, type ServerChoice } from './server-choice.js';
