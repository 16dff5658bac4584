/* Every limit of the store. Units last. */

/** Keys one transaction may write, and keys it may wait for. */
export const TRANSACTION_KEYS_MAX = 10_000;
/** Keys and values one transaction may write. */
export const TRANSACTION_BYTES_MAX = 16 * 1024 * 1024;
export const KEY_BYTES_MAX = 1_024;
export const VALUE_BYTES_MAX = 1024 * 1024;

/** Operations accepted and not yet answered; more are refused with OVERLOADED. */
export const OPERATIONS_PENDING_MAX = 32_768;
/** Transactions wait while the group being collected takes more memory than this. */
export const GROUP_BYTES_MARK = 4 * 1024 * 1024;
/** Transactions wait while what the journal has and the view lacks takes more memory than this. */
export const UNAPPLIED_BYTES_MARK = 32 * 1024 * 1024;
/** Memory for values that the view also has, with what keeping them costs. */
export const VALUE_CACHE_BYTES_MAX = 32 * 1024 * 1024;

/** Keys of one fetch from the view, and fetches under way at once. */
export const FETCH_KEYS_MAX = 2_000;
export const FETCHES_IN_FLIGHT_MAX = 2;
export const SCANS_IN_FLIGHT_MAX = 16;
/** Entries of one page that a scan reads from the view. */
export const SCAN_PAGE_ENTRIES_MAX = 1_000;

/**
 * Durable groups are applied to the view once so many entries wait, or entries of so much memory: the more wait, the
 * more of them are written over or deleted before the view ever hears of them.
 */
export const APPLY_ENTRIES_MARK = 5_000;
export const APPLY_BYTES_MARK = 4 * 1024 * 1024;
/** Entries of one batch while the view is being built. */
export const LOAD_ENTRIES_MARK = 5_000;

/** Memory for what is known of the keys of filtered tables, where it begins, and how much of it a key gets. */
export const KEY_FILTER_BYTES_MAX = 64 * 1024 * 1024;
export const KEY_FILTER_LAYER_BYTES_MIN = 128 * 1024;
export const KEY_FILTER_KEY_BITS = 10;

/** Writes start, and are padded to, a multiple of this: a torn write can then not touch an acknowledged group. */
export const JOURNAL_BLOCK_BYTES = 4_096;
export const JOURNAL_FILE_BYTES_MAX = 64 * 1024 * 1024;
export const JOURNAL_FILL_BYTES = 256 * 1024;
/** No group is longer: what a group collects up to its mark, one largest transaction, and what encoding adds. */
export const JOURNAL_GROUP_BYTES_MAX = 32 * 1024 * 1024;
/** Group ends kept in memory to compare with witnesses. */
export const GROUP_ENDS_KEPT_MAX = 4_096;

/** Journal written since the newest checkpoint that calls for another, while running and at a clean stop. */
export const CHECKPOINT_JOURNAL_BYTES = 256 * 1024 * 1024;
export const CHECKPOINT_CLOSE_BYTES = 64 * 1024 * 1024;
/** A stop is not held up for longer by its checkpoint: whoever stops a service waits a minute or two, then kills. */
export const CHECKPOINT_CLOSE_MS_MAX = 5_000;
export const CHECKPOINT_BLOCK_BYTES = 256 * 1024;
/** A checkpoint is synced each time this much of it was written, so that no sync delays the journal for long. */
export const CHECKPOINT_SYNC_BYTES = 8 * 1024 * 1024;
/** Longest block a reader accepts: a full one and one largest entry. */
export const CHECKPOINT_BLOCK_BYTES_MAX = CHECKPOINT_BLOCK_BYTES + VALUE_BYTES_MAX + KEY_BYTES_MAX + 64;
export const CHECKPOINTS_KEPT = 2;

/** Background scans rest this many times as long as a page of theirs kept the event loop. */
export const BACKGROUND_REST_FACTOR = 1;
