/* Every limit that two processes must agree on. Units last. */

export const PROTOCOL_VERSION = 2;

export const BLOCK_BYTES = 64 * 1024;
export const SEGMENT_BYTES_MIN = 64 * 1024;
export const SEGMENT_BYTES_MAX = 16 * 1024 * 1024;
export const SEGMENT_BYTES_DEFAULT = 1024 * 1024;
/** k · segmentBytes: a stripe in the making is bounded. */
export const STRIPE_BYTES_MAX = 64 * 1024 * 1024;
export const DATA_SHARDS_MAX = 32;
export const PARITY_SHARDS_MAX = 16;
export const POSITIONS_MAX = DATA_SHARDS_MAX + PARITY_SHARDS_MAX;
export const INLINE_BYTES_MAX = 4096;
export const FILE_BYTES_MAX = 2 ** 53 - 1;

export const NAME_BYTES_MAX = 255;
export const PATH_BYTES_MAX = 4096;
/** Symbolic links that finding one path follows. */
export const SYMLINKS_FOLLOWED_MAX = 40;
/** Names of one file. */
export const LINKS_PER_INODE_MAX = 65_000;
export const LABELS_MAX = 32;
export const LABEL_CHARACTERS_MAX = 128;
export const PEER_NAME_CHARACTERS_MAX = 128;
/** Extended attributes: of one, and of all that an inode has. The last counts names and values together. */
export const XATTR_NAME_BYTES_MAX = 255;
export const XATTR_VALUE_BYTES_MAX = 64 * 1024;
export const XATTRS_PER_INODE_MAX = 1000;
export const XATTRS_PER_INODE_BYTES_MAX = 256 * 1024;

export const BATCH_OPERATIONS_MAX = 1000;
export const LIST_ENTRIES_MAX = 5000;
export const EXTENTS_PER_REPLY_MAX = 1000;
export const EXTENTS_PER_COMMIT_MAX = 1000;
export const STRIPES_PER_COMMIT_MAX = 1000;
/** Extents that one commit may cover or cut: what lies in more pieces is overwritten, or cut off, in several. */
export const EXTENTS_REPLACED_MAX = 1000;
/** Larger calls are refused by both sides; replies are paged well below. */
export const CALL_BYTES_MAX = 64 * 1024 * 1024;

export const LEASE_MS = 60_000;
export const LEASE_PGS_MAX = 64;
export const LEASE_STRIPES_MAX = 4096;
export const SESSION_IDLE_MS = 24 * 60 * 60 * 1000;
/** Mutations of one session whose results the metaserver keeps for retries. */
export const SESSION_RESULTS_MAX = 100_000;

export const HEARTBEAT_MS = 1_000;
export const DOUBTFUL_PER_REPORT_MAX = 1000;

export const FRAME_PREFIX_BYTES = 32;
/** Of a reply: block lists of up to READS_PER_FRAME_MAX shards. */
export const FRAME_HEADER_BYTES_MAX = 1024 * 1024;
/** Of a request: the widest stripe's description has 42 KiB. */
export const REQUEST_HEADER_BYTES_MAX = 64 * 1024;
/** Of the first frame on a connection. */
export const HELLO_HEADER_BYTES_MAX = 4 * 1024;
export const FRAME_BODY_BYTES_MAX = SEGMENT_BYTES_MAX;
export const READS_PER_FRAME_MAX = 256;

export const CLUSTER_ID_BYTES = 16;
export const DISK_ID_BYTES = 16;
export const RECEIPT_BYTES = 16;
export const RECEIPT_KEY_BYTES = 32;
