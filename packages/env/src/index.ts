export { type Clock, sleep, type Timer } from './clock.js';
export { type Disk, DiskError, type DiskErrorCode, type DiskFile, readWholeFile, replaceFile } from './disk.js';
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
export { type Random, randomBelow, randomUnit, shuffle } from './random.js';
