export const FILES_IN_FLIGHT_DEFAULT = 16;
export const FILES_IN_FLIGHT_MAX = 256;
/** Destinations looked at ahead of the transfers: they share few calls. */
export const LOOKS_IN_FLIGHT_MAX = 256;
/** Of files under way; a longer one is streamed and counts as STREAM_BYTES. */
export const BYTES_IN_FLIGHT_MAX = 256 * 1024 * 1024;
/** What a file that is streamed holds in memory, about. */
export const STREAM_BYTES = 32 * 1024 * 1024;
/** A cluster that could not be reached for so many files in a row is gone: the run ends, and goes on another time. */
export const UNAVAILABLE_IN_A_ROW_MAX = 8;
/** Local file systems keep times to the microsecond at least, as far as Node can set them. */
export const TIME_TOLERANCE_NS = 2_000n;
/** A download is synced after each so many bytes; what follows the last whole unit but one is fetched again. */
export const PART_UNIT_BYTES = 32 * 1024 * 1024;
/** Local directories whose unfinished downloads are remembered, while files are brought into them. */
export const LISTED_DIRECTORIES_MAX = 64;
