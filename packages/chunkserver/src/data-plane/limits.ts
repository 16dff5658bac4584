/* Limits of the data plane of one chunkserver (docs/internals/wire-protocol.md). Units last. */

export const CONNECTIONS_MAX = 8_192;
/** A connection says HELLO within this time. */
export const HELLO_MS_MAX = 10_000;
/** Requests of one connection in work; then it is not read any more. */
export const REQUESTS_PER_CONNECTION_MAX = 256;
/** Request and reply bodies of one connection in memory; then it is not read any more. */
export const BODY_BYTES_PER_CONNECTION_MAX = 32 * 1024 ** 2;
/** Request and reply bodies of all connections in memory; further ones wait for their share. */
export const BODY_BYTES_PER_SERVER_MAX = 256 * 1024 ** 2;
/** A peer that stops in the middle of a frame, or takes none of what is sent to it, has this long. */
export const STALL_MS_MAX = 30_000;
/** Stalled peers are looked for this often. */
export const STALL_CHECK_MS = 5_000;
/** How soon buffers come back to the pool after their bytes were sent, when nothing else happens on the connection. */
export const RECLAIM_MS = 5;
/** Lines about connections that were closed for a fault of the peer, in each period; the rest is counted. */
export const FAULT_LINES_MAX = 20;
export const FAULT_PERIOD_MS = 10_000;
