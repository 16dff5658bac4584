import type { ErrorCode } from '@tessera/protocol';
import type { Refusal } from '../model/mutation.js';

const REFUSALS: ReadonlySet<string> = new Set<Refusal>([
  'NOT_FOUND',
  'EXISTS',
  'NOT_A_DIRECTORY',
  'IS_A_DIRECTORY',
  'NOT_EMPTY',
  'INVALID_ARGUMENT',
]);

/** Failures that trouble in the cluster explains, after which a mutation may have happened or not. */
const UNANSWERED: ReadonlySet<ErrorCode> = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'OUTCOME_UNKNOWN']);

/** Failures that trouble explains, after which it has certainly not happened. */
const NOT_DONE: ReadonlySet<ErrorCode> = new Set([
  'NOT_ENOUGH_SERVERS',
  'OVERLOADED',
  'LEASE_CLOSED',
  // Where no other disk can take its place.
  'DISK_FAILED',
  'DISK_FULL',
]);

/** What says that content is gone. */
const LOSS: ReadonlySet<ErrorCode> = new Set(['DATA_LOSS', 'CORRUPT']);

/** What an error code says: the namespace refuses, nobody knows, nothing was done, data is lost, or it makes no sense. */
export function meaningOf(code: ErrorCode): 'refused' | 'unanswered' | 'not done' | 'lost' | 'unexpected' {
  if (REFUSALS.has(code)) return 'refused';
  if (UNANSWERED.has(code)) return 'unanswered';
  if (NOT_DONE.has(code)) return 'not done';
  return LOSS.has(code) ? 'lost' : 'unexpected';
}
