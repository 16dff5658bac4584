import type { ErrorCode } from '@tessera/protocol';

/** What one chunkserver had to do with a failure. */
export interface ServerFailure {
  /** Its number. */
  readonly server: number;
  /** host:port of its data plane. */
  readonly address: string;
  /** What it was. */
  readonly code: ErrorCode;
  /** The same for people. */
  readonly message: string;
}

/** The cause of an operation's error where chunkservers are: which of them, and how each failed. */
export class ServerFailures extends Error {
  /** One for each attempt that failed. */
  readonly failures: readonly ServerFailure[];

  constructor(failures: readonly ServerFailure[]) {
    super(failures.map(({ message }) => message).join('; ') || 'no chunkserver that is known has failed');
    this.name = 'ServerFailures';
    this.failures = failures;
  }
}

/** Which chunkservers failed, and how, when an operation ended with this error; none when it was not for them. */
export function serverFailures(error: unknown): readonly ServerFailure[] {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ServerFailures) return cause.failures;
  }
  return [];
}
