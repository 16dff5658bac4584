/* Sizes of the shard log's format (docs/internals/shard-log.md) and limits of its writer. Units last. */

export const LOG_FORMAT_VERSION = 2;

/** What one sync makes durable starts on a multiple of this. */
export const GROUP_BYTES = 4096;
/** A record, and the payload in it, starts on a multiple of this. */
export const SECTOR_BYTES = 512;

/** Two copies, in blocks of their own: a disk loses whole blocks. */
export const FILE_HEADER_BYTES = 8192;
export const RECORD_HEADER_BYTES_MAX = 64 * 1024;
export const TRAILER_BYTES = SECTOR_BYTES;

/** Bounds a footer, which is built in memory, to 7 MiB. */
export const FOOTER_ENTRIES_MAX = 131_072;

export const LOG_FILE_BYTES_DEFAULT = 1024 ** 3;
export const LOG_FILE_BYTES_MIN = 64 * 1024;

/** A file is lengthened by this much ahead of the writer. */
export const AHEAD_BYTES = 64 * 1024 ** 2;

/** Written and not yet synced: more waits in memory. */
export const UNSYNCED_BYTES_MAX = 64 * 1024 ** 2;
/** Bytes nobody waits for are synced once there are this many, … */
export const UNSYNCED_BYTES_LAZY = 8 * 1024 ** 2;
/** … or they are this old. */
export const UNSYNCED_MS_MAX = 1_000;

/** Part of the capacity that puts leave free for tombstones, seals and the index. */
export const RESERVE_SHARE = 0.05;
/** With less than this left for puts the disk counts as full. */
export const FULL_BELOW_BYTES = 1024 ** 2 + RECORD_HEADER_BYTES_MAX;

/** After lost records the log goes on this far above the highest LSN found: one file holds fewer. */
export const LSN_GAP = 2 ** 20;
/** A file that cannot be read may hold LSNs up to so far above what was found before it: two gaps, and its own records. */
export const LOST_FILE_LSNS_MAX = 4 * LSN_GAP;

/** Log files open for reading at one time. */
export const OPEN_FILES_MAX = 128;

/** Scans read this much at a time. */
export const SCAN_WINDOW_BYTES = 4 * 1024 ** 2;

export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
