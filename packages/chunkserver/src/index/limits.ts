/** Entries of a footer that are compared with the index at a time. */
export const COMPARE_ENTRIES = 1_000;
/** After a clean stop, more entries than this are compared in the background, while the disk serves. */
export const COMPARE_INLINE_ENTRIES_MAX = 100_000;
/** Pause between two steps in the background: serving goes first. */
export const COMPARE_PAUSE_MS = 10;
/** Rows written to the store at a time. */
export const APPLY_ROWS_MAX = 1_000;
