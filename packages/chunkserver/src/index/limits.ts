/** Entries of a footer that are compared with the index at a time. */
export const COMPARE_ENTRIES = 1_000;
/** After a clean stop, more entries than this are compared in the background, while the disk serves. */
export const COMPARE_INLINE_ENTRIES_MAX = 100_000;
/** Pause between two steps in the background: serving goes first. */
export const COMPARE_PAUSE_MS = 10;
/** Rows are written to the store in batches of at least this many, … */
export const APPLY_ROWS_MIN = 256;
/** … or when they have waited this long: small batches cost ten times as much a row. */
export const APPLY_MS_MAX = 200;
/** Rows of one batch. */
export const APPLY_ROWS_MAX = 1_000;
