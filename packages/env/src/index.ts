export { type Address, formatAddress, isAddress, parseAddress } from './address.js';
export { type Clock, sleep, type Timer } from './clock.js';
export { directoriesAbove, syncDirectoriesAbove } from './directories.js';
export { type Disk, DiskError, type DiskErrorCode, type DiskFile, readWholeFile, replaceFile } from './disk.js';
export { DiskMeter, type DiskUse } from './disk-meter.js';
export type { Env } from './env.js';
export { LATENCY_MS_BOUNDS, LatencyHistogram } from './latency-histogram.js';
export {
  CALL_DETAIL_BYTES_MAX,
  CALL_ERROR_TEXT_MAX,
  CALL_MESSAGE_BYTES_MAX,
  CONNECTION_QUEUED_BYTES_MARK,
  LISTENER_CONNECTIONS_MAX,
} from './limits.js';
export { type Log, silentLog } from './log.js';
export {
  type CallHandler,
  type CallOptions,
  CallStatus,
  type Connection,
  type ConnectionEvents,
  type Listener,
  type Network,
  NetworkError,
  type NetworkErrorCode,
  StatusCode,
} from './network.js';
export { OutcomeCounter } from './outcome-counter.js';
export { type Random, randomBelow, randomUnit, shuffle } from './random.js';
export { createRealEnv, type RealEnv } from './real/env.js';
export { processEnvironment } from './real/environment.js';
export { hostNames } from './real/host-names.js';
export { readSmallFile } from './real/small-file.js';
export { type HealthReport, type Page, type StatusPages, serveStatus } from './real/status-pages.js';
