/* The client's own limits; those that servers must agree to are in @tessera/protocol. Units last. */

/** Time an operation has without any progress, unless its caller says how long it may take in all. */
export const DEADLINE_MS_DEFAULT = 60_000;
/** `connect` gives up on a metaserver that nobody answers for. */
export const CONNECT_DEADLINE_MS_MAX = 15_000;
/** Deadlines are looked at once the nearest may have passed, at most this often. */
export const DEADLINE_SWEEP_MS = 25;
/** What `close` spends on giving leases and session back. */
export const CLOSE_MS_MAX = 2_000;

// Metadata calls
/** One is executed while the next is on its way; more would only be smaller. */
export const BATCHES_IN_FLIGHT_MAX = 2;
/** A batch is not split below this many operations to fill a second call. */
export const BATCH_SPLIT_OPERATIONS_MIN = 16;
/** A few reads wait this long at most for company while a call is out. */
export const GATHER_MS_MAX = 5;
export const BATCH_REQUEST_BYTES_MAX = 8 * 1024 * 1024;
/** By estimate; keeps replies far below CALL_BYTES_MAX. */
export const BATCH_REPLY_BYTES_MAX = 32 * 1024 * 1024;
/** Operations that wait for their call; beyond it, OVERLOADED. */
export const OPERATIONS_QUEUED_MAX = 100_000;
/** A call without an answer is repeated after this; mutations are safe by their sequence. */
export const CALL_ATTEMPT_MS_MAX = 5_000;
export const CALL_BACKOFF_MS_MIN = 20;
export const CALL_BACKOFF_MS_MAX = 1_000;

// Cluster map and server health
export const MAP_BACKOFF_MS_MIN = 50;
export const MAP_BACKOFF_MS_MAX = 2_000;
/** A server that failed is left alone this long, twice as long each further time, then asked how it is. */
export const PROBE_MS_MIN = 200;
export const PROBE_MS_MAX = 5_000;
/** A probe without an answer for so long has failed: sooner than a read that needs the server gives up. */
export const PROBE_ANSWER_MS_MAX = 1_000;
/** Slow reads in a row, without an answer in between, after which a server counts as failed. */
export const SLOW_REQUESTS_MAX = 3;
/** A server that refused a write (full, failed disk) gets no writes for so long, unless the map says more. */
export const WRITE_REFUSAL_MS = 10_000;

// Data connections
export const CONNECTIONS_PER_SERVER_MAX = 2;
/** A second connection opens when the first has more than this under way. */
export const CONNECTION_BUSY_BYTES = 4 * 1024 * 1024;
export const DATA_CONNECT_MS_MAX = 3_000;
export const REQUESTS_IN_FLIGHT_MAX = 128;
/** Requests that wait for a place on one connection; beyond it, OVERLOADED. */
export const REQUESTS_WAITING_MAX = 8_192;
/** A request unanswered for this long means that the server hangs: its connection is closed. */
export const REQUEST_MS_MAX = 10_000;
export const REQUEST_SWEEP_MS = 250;
/**
 * Reads share a frame up to this many bytes. A reply's body is one buffer, and its parts keep it alive: bigger reads
 * go alone, so that holding a file never holds another's bytes.
 */
export const SHARED_READ_BYTES_MAX = 256 * 1024;

// Leases
export const LEASE_PGS = 16;
export const LEASE_STRIPES_PER_PG_MIN = 16;
export const LEASE_STRIPES_PER_PG_MAX = 512;
/** A lease used up sooner than this asks for twice as many ids next time. */
export const LEASE_FAST_MS = 10_000;
export const LEASE_CHECK_MS = 5_000;
/** A lease is replaced at this age, so that what stays pending under it comes to an end. */
export const LEASE_AGE_MS_MAX = 10 * 60_000;
/** An unused lease is given back after this. */
export const LEASE_IDLE_MS_MAX = 2 * 60_000;

/** Files that line up keep to as many groups as a lease has. */
export const LANES = LEASE_PGS;
/** Files of one segment that line up and share a lane before the next one has its turn. */
export const LONE_FILES_PER_LANE = 64;

// Stripes
/** W: with this many stripes in flight for a mixing key, only full ones are sent; below it, whatever waits goes. */
export const STRIPES_AHEAD = 2;
/** Segments of one stripe fill at least this much of j · the longest. */
export const STRIPE_FILL_MIN = 0.7;
/** Segments looked at for one stripe. */
export const PACK_CANDIDATES_MAX = 64;
/** A segment that this many stripes passed over leads the next one. */
export const PASSED_OVER_MAX = 8;
export const STRIPE_BYTES_IN_FLIGHT_MAX = 256 * 1024 * 1024;
/** Times one segment is tried in a stripe before its put fails. */
export const STRIPE_ATTEMPTS_MAX = 6;
/** How long writers wait for servers to come back before they say which are missing. */
export const WRITE_SHORTAGE_MS_MAX = 3_000;
export const WRITE_SHORTAGE_RETRY_MS = 200;
export const PARITY_POOL_BYTES_MAX = 64 * 1024 * 1024;

// Puts
/** A directory's layout is asked again after this. */
export const LAYOUT_CACHE_MS_MAX = 5_000;
export const LAYOUTS_CACHED_MAX = 10_000;
/** Bytes of one file on their way to chunkservers. */
export const FILE_WRITE_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes of a streamed file that are held until a transaction has taken them: the memory of a streamed put. */
export const STREAM_UNCOMMITTED_BYTES_MAX = 32 * 1024 * 1024;
export const SEGMENT_POOL_BYTES_MAX = 64 * 1024 * 1024;
/** Blocks with several small pieces of a file that one read of it keeps: 4 MiB. */
export const SHARED_BLOCKS_MAX = 64;
/** As much for a stream, which may be left standing with thousands of others. */
export const STREAM_SHARED_BLOCKS_MAX = 2;
/** Runs of a file that share a segment: a commit takes all of them or none. */
export const RUNS_PER_SEGMENT_MAX = 256;
/** Times a file's stripes are written anew after a refused commit. */
export const COMMIT_ATTEMPTS_MAX = 4;

// Open files
/** Unflushed bytes of one open file, committed ones under way included; at least three stripes. */
export const FILE_UNFLUSHED_BYTES_MAX = 32 * 1024 * 1024;
/** Of all open files of a client. */
export const UNFLUSHED_BYTES_MAX = 256 * 1024 * 1024;

// Gets
/** Extents are asked for in windows of this many bytes of the file. */
export const RESOLVE_WINDOW_BYTES = 32 * 1024 * 1024;
/** An open file that is read here and there asks about stretches that grow from this to RESOLVE_WINDOW_BYTES. */
export const MAPPED_STRETCH_BYTES_MIN = 4 * 1024 * 1024;
/** Bytes of one file on their way from chunkservers. */
export const FILE_READ_BYTES_MAX = 32 * 1024 * 1024;
/** What a stream reads ahead of its consumer: this much at first, then twice what was consumed, up to the maximum. */
export const READ_AHEAD_FIRST_BYTES = 4 * 1024 * 1024;
export const READ_AHEAD_BYTES_MAX = 16 * 1024 * 1024;
/** Of all streams and open files of a client together; streams share it evenly. */
export const READ_AHEAD_TOTAL_BYTES_MAX = 256 * 1024 * 1024;
/** An open file is read ahead after so many reads that followed each other, in chunks that grow; two of them at a time. */
export const SEQUENTIAL_READS_MIN = 2;
export const READ_AHEAD_CHUNK_BYTES_MIN = 256 * 1024;
export const READ_AHEAD_CHUNK_BYTES_MAX = 4 * 1024 * 1024;
/** A stream that finds no room in it gets what it is asked for in parts of this many bytes. */
export const STREAM_SCARCE_BYTES = 64 * 1024;
/** Ranges of a list that are planned, and read, together: a block that several of them need is read once. */
export const TRANSFERS_PER_ROUND_MAX = 131_072;
/** Ranges closer than this are asked for as one stretch of the file. */
export const RESOLVE_GAP_BYTES = 2 * 1024 * 1024;
/** Stretches of one file that are asked for at once. */
export const RESOLVES_TOGETHER_MAX = 1_000;
/** Blocks of a list that are asked for at once; FILE_READ_BYTES_MAX of them are under way. */
export const LIST_WAVE_BYTES = 8 * 1024 * 1024;
/** What a wave asks of one server shares frames up to this many bytes: they are copied out at once. */
export const LIST_FRAME_BYTES_MAX = 2 * 1024 * 1024;
/** Times a whole-file read starts again because the file was replaced under it. */
export const READ_RESTARTS_MAX = 3;
/** How long a read waits for servers to come back before it says which are missing. */
export const READ_SHORTAGE_MS_MAX = 2_000;
export const READ_SHORTAGE_RETRY_MS = 100;
/** A read is slow after HEDGE_FACTOR times the 95th percentile of recent ones, within these bounds. */
export const HEDGE_FACTOR = 3;
export const HEDGE_AFTER_MS_MIN = 25;
export const HEDGE_AFTER_MS_MAX = 2_000;
/** Before enough reads were seen. */
export const HEDGE_AFTER_MS_INITIAL = 300;
export const LATENCIES_KEPT = 128;
export const LATENCIES_NEEDED = 16;
/** Hedges may move this share of the bytes read, and this much on credit. */
export const HEDGE_SHARE = 0.05;
export const HEDGE_CREDIT_BYTES = 8 * 1024 * 1024;
export const DESCRIPTIONS_CACHED_MAX = 256;

// Many files
export const CONCURRENCY_DEFAULT = 16;
/** Bytes of files that one putMany or getMany has under way. */
export const MANY_BYTES_MAX_DEFAULT = 256 * 1024 * 1024;
export const LIST_PAGE_ENTRIES = 1_000;
/** Stats in flight of one statMany: they share few calls. */
export const STATS_IN_FLIGHT_DEFAULT = 512;

// Sets of operations
/** Operations of one set whose outcomes were not taken. */
export const OPERATIONS_PER_SET_MAX = 100_000;
