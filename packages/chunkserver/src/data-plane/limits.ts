/* Limits of the data plane of one chunkserver (docs/internals/wire-protocol.md). Units last. */

/** Limits that tests and simulations may lower. */
export interface DataPlaneLimits {
  readonly connectionsMax: number;
  /** Requests of one connection in work; then it is not read any more. */
  readonly requestsPerConnectionMax: number;
  /** Requests and reply bodies of one connection in memory; then it is not read any more. */
  readonly bytesPerConnectionMax: number;
  /** Request and reply bodies of all connections in memory; further ones wait for their share. */
  readonly bodyBytesPerServerMax: number;
  /** Request headers of all connections in memory, and REQUEST_BYTES for each request; further ones wait likewise. */
  readonly headerBytesPerServerMax: number;
}

export const DATA_PLANE_LIMITS: DataPlaneLimits = {
  connectionsMax: 8_192,
  requestsPerConnectionMax: 256,
  bytesPerConnectionMax: 32 * 1024 ** 2,
  bodyBytesPerServerMax: 256 * 1024 ** 2,
  headerBytesPerServerMax: 64 * 1024 ** 2,
};

/** What a request costs beside its header and body until its reply is sent. */
export const REQUEST_BYTES = 512;

/** A connection says HELLO within this time. */
export const HELLO_MS_MAX = 10_000;
/** A peer that stops in the middle of a frame, or takes none of what is sent to it, has this long. */
export const STALL_MS_MAX = 30_000;
/** Stalled peers are looked for this often. */
export const STALL_CHECK_MS = 5_000;
/** How soon buffers come back to the pool after their bytes were sent, when nothing else happens on the connection. */
export const RECLAIM_MS = 5;
/** Lines about connections that were closed for a fault of the peer, in each period; the rest is counted. */
export const FAULT_LINES_MAX = 20;
export const FAULT_PERIOD_MS = 10_000;
