import { EXTENTS_PER_COMMIT_MAX, FRAME_BODY_BYTES_MAX } from '@tessera/protocol';

/* Limits of groups of processes that read and write together. Units last. */

export const RANKS_MAX = 256;
export const TOKEN_CHARACTERS_MAX = 128;
export const GROUP_DEADLINE_MS_DEFAULT = 60_000;
/** A call without progress for so many ticks, of an equal share of its deadline each, is given up. */
export const TICKS_PER_DEADLINE = 8;
/** A rank that starts before rank 0 tries again after this, then after twice as long each time. */
export const JOIN_RETRY_MS_MIN = 20;
export const JOIN_RETRY_MS_MAX = 1_000;
/** How much longer than its own deadline a rank waits for rank 0 to say who is missing. */
export const JOIN_GRACE_MS = 2_000;
/** Connections to rank 0 that have not said who they are yet. */
export const JOIN_STRANGERS_MAX = 1_024;
/** How long a group that closes waits for its connections to end. */
export const LEAVE_MS_MAX = 1_000;

/** Of a frame's header; HELLO's is as small as on the data plane. */
export const RANK_HEADER_BYTES_MAX = 64 * 1024;
export const RANK_HELLO_BYTES_MAX = 4 * 1024;
export const RANK_BODY_BYTES_MAX = FRAME_BODY_BYTES_MAX;
/** Messages of one rank that wait on one lane: the order of calls never needs more. */
export const INBOX_MESSAGES_MAX = 8;
/** Characters of an error's message that travel to other ranks. */
export const FAILURE_CHARACTERS_MAX = 2_000;

/** Bytes that an aggregator collects or reads at a time. */
export const ROUND_BYTES = 8 * 1024 * 1024;
/** Rounds that an aggregator writes at the same time, while it collects another one. */
export const ROUNDS_WRITTEN_MAX = 3;
/** Whose commit is refused for what it covers writes in pieces that are smaller by this factor, down to the least. */
export const PIECE_SHRINK = 8;
export const PIECE_BYTES_MIN = 1024;
/** Ranges of one rank in one call: 24 MiB of memory, and at 16 bytes each at most one body. */
export const RANGES_PER_CALL_MAX = RANK_BODY_BYTES_MAX / 16;
/** Ranges of all ranks in one aggregator's domain: 64 MiB of its memory. */
export const RANGES_PER_DOMAIN_MAX = 4 * RANGES_PER_CALL_MAX;

/** What one collective call may need. */
export interface CallLimits {
  /** Bytes that an aggregator moves at a time. */
  readonly roundBytes: number;
  readonly rangesPerCallMax: number;
  readonly rangesPerDomainMax: number;
  readonly extentsPerCommitMax: number;
}

export const CALL_LIMITS: CallLimits = {
  roundBytes: ROUND_BYTES,
  rangesPerCallMax: RANGES_PER_CALL_MAX,
  rangesPerDomainMax: RANGES_PER_DOMAIN_MAX,
  extentsPerCommitMax: EXTENTS_PER_COMMIT_MAX,
};
