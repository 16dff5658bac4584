import type { ErrorCode } from '@tessera/client';

/** What scripts may rely on; the help and docs show this table. */
export const ExitCode = {
  OK: 0,
  FAILURE: 1,
  USAGE: 2,
  NOT_FOUND: 3,
  UNAVAILABLE: 4,
  REFUSED: 5,
  DAMAGED: 6,
  INTERRUPTED: 130,
} as const;

export const EXIT_CODE_MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [ExitCode.OK, 'done'],
  [ExitCode.FAILURE, 'failed; with several files: at least one of them'],
  [ExitCode.USAGE, 'wrong command, option, value, path or layout'],
  [ExitCode.NOT_FOUND, 'no such file, directory or local cluster'],
  [ExitCode.UNAVAILABLE, 'the cluster, or enough of it, cannot be reached; trying again may help'],
  [ExitCode.REFUSED, 'what is there stands in the way: it exists, is not empty, is of another kind'],
  [ExitCode.DAMAGED, 'the data cannot be returned intact'],
  [ExitCode.INTERRUPTED, 'interrupted'],
];

const CODES: Partial<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: ExitCode.USAGE,
  INVALID_PATH: ExitCode.USAGE,
  INVALID_LAYOUT: ExitCode.USAGE,
  NOT_FOUND: ExitCode.NOT_FOUND,
  UNAVAILABLE: ExitCode.UNAVAILABLE,
  NOT_ENOUGH_SERVERS: ExitCode.UNAVAILABLE,
  DEADLINE_EXCEEDED: ExitCode.UNAVAILABLE,
  OVERLOADED: ExitCode.UNAVAILABLE,
  DISK_FAILED: ExitCode.UNAVAILABLE,
  EXISTS: ExitCode.REFUSED,
  NOT_EMPTY: ExitCode.REFUSED,
  LINK_LOOP: ExitCode.REFUSED,
  NOT_A_DIRECTORY: ExitCode.REFUSED,
  IS_A_DIRECTORY: ExitCode.REFUSED,
  CHANGED: ExitCode.REFUSED,
  LAYOUT_UNSATISFIABLE: ExitCode.REFUSED,
  LOCKED: ExitCode.REFUSED,
  CORRUPT: ExitCode.DAMAGED,
  DATA_LOSS: ExitCode.DAMAGED,
  CANCELLED: ExitCode.INTERRUPTED,
};

export function exitCodeOf(code: ErrorCode): number {
  return CODES[code] ?? ExitCode.FAILURE;
}
