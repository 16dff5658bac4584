/** A daemon that recovers a large journal or shard log at start may take this long to become ready. */
export const START_MS_MAX = 60_000;
/** A daemon that has not stopped this long after SIGTERM is killed. */
export const STOP_MS_MAX = 20_000;
/** How long chunkservers that are ready may take to be up in the metaserver's eyes. */
export const REGISTER_MS_MAX = 60_000;
/** How long to wait for another process that starts or stops the same local cluster. */
export const LOCK_WAIT_MS_MAX = 90_000;
/** How often files and processes are looked at while waiting. */
export const POLL_MS = 50;
/** A longer log is put aside as .1 at the next start. */
export const LOG_BYTES_MAX = 16 * 1024 * 1024;
export const CHUNKSERVERS_DEFAULT = 8;
/** Enough that `rs-4-2` over hosts is not narrowed. */
export const TEST_CHUNKSERVERS_DEFAULT = 6;
/** Chunkservers of a local cluster: more serve nobody on one machine. */
export const CHUNKSERVERS_MAX = 64;
