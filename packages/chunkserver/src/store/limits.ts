/** What was written or read last is taken to be in the system's memory: so many bytes of payload, … */
export const WARM_BYTES_MAX = 256 * 1024 ** 2;
/** … of at most so many shards: 4 MiB of entries. */
export const WARM_SHARDS_MAX = 16_384;
/** A read from memory that takes longer was none, or the processor was taken away. */
export const SLOW_READ_MS = 5;
/** More of them in a row, or almost, and nothing is taken to be in memory any more. */
export const SLOW_READS_MAX = 3;
