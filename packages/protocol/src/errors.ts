import { CallStatus, StatusCode } from '@tessera/env';
import { v1 } from '../generated/v1.js';

/**
 * Stable error codes and the gRPC status each travels under. The code is the contract; the message is for people and
 * says what was wrong, what was expected and what to do.
 */
const STATUS_OF_CODE = {
  // the request
  INVALID_ARGUMENT: StatusCode.INVALID_ARGUMENT,
  INVALID_PATH: StatusCode.INVALID_ARGUMENT,
  INVALID_LAYOUT: StatusCode.INVALID_ARGUMENT,
  OUT_OF_RANGE: StatusCode.OUT_OF_RANGE,
  TOO_LARGE: StatusCode.OUT_OF_RANGE,
  // the namespace
  NOT_FOUND: StatusCode.NOT_FOUND,
  EXISTS: StatusCode.ALREADY_EXISTS,
  NOT_A_DIRECTORY: StatusCode.FAILED_PRECONDITION,
  IS_A_DIRECTORY: StatusCode.FAILED_PRECONDITION,
  NOT_EMPTY: StatusCode.FAILED_PRECONDITION,
  LINK_LOOP: StatusCode.FAILED_PRECONDITION,
  CHANGED: StatusCode.ABORTED,
  // sessions, leases, commits
  SESSION_EXPIRED: StatusCode.FAILED_PRECONDITION,
  SEQUENCE_REFUSED: StatusCode.FAILED_PRECONDITION,
  LEASE_CLOSED: StatusCode.FAILED_PRECONDITION,
  RECEIPT_REFUSED: StatusCode.FAILED_PRECONDITION,
  COMMIT_REFUSED: StatusCode.FAILED_PRECONDITION,
  // the cluster
  LAYOUT_UNSATISFIABLE: StatusCode.FAILED_PRECONDITION,
  NOT_ENOUGH_SERVERS: StatusCode.UNAVAILABLE,
  WRONG_CLUSTER: StatusCode.FAILED_PRECONDITION,
  WRONG_VERSION: StatusCode.FAILED_PRECONDITION,
  DEPOSED: StatusCode.FAILED_PRECONDITION,
  // disks and shards
  CONFLICT: StatusCode.ALREADY_EXISTS,
  CORRUPT: StatusCode.DATA_LOSS,
  DATA_LOSS: StatusCode.DATA_LOSS,
  DISK_FULL: StatusCode.RESOURCE_EXHAUSTED,
  DISK_FAILED: StatusCode.UNAVAILABLE,
  DISK_REFUSED: StatusCode.FAILED_PRECONDITION,
  LOCKED: StatusCode.FAILED_PRECONDITION,
  // the journey
  OVERLOADED: StatusCode.RESOURCE_EXHAUSTED,
  UNAVAILABLE: StatusCode.UNAVAILABLE,
  DEADLINE_EXCEEDED: StatusCode.DEADLINE_EXCEEDED,
  OUTCOME_UNKNOWN: StatusCode.UNKNOWN,
  CANCELLED: StatusCode.CANCELLED,
  UNIMPLEMENTED: StatusCode.UNIMPLEMENTED,
  INTERNAL: StatusCode.INTERNAL,
} as const;

/** What failed, for programs: the codes stay what they are. docs/sdk.md says what to do about each. */
export type ErrorCode = keyof typeof STATUS_OF_CODE;

/** Every expected failure in Tessera. `message` says what was wrong, what was expected and what to do; `cause` why. */
export class TesseraError extends Error {
  /** What failed, for programs. */
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TesseraError';
    this.code = code;
  }

  /** The error itself, or what an unknown throwable means here. */
  static from(error: unknown): TesseraError {
    if (error instanceof TesseraError) return error;
    if (error instanceof CallStatus) return fromCallStatus(error);
    if (error instanceof Error && error.name === 'AbortError') {
      return new TesseraError('CANCELLED', error.message, { cause: error });
    }
    return new TesseraError('INTERNAL', error instanceof Error ? error.message : String(error), { cause: error });
  }
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(STATUS_OF_CODE, code);
}

export function toWireError(error: TesseraError): v1.Error {
  return v1.Error.create({ code: error.code, message: error.message });
}

/** A peer of a newer version may send a code unknown here; it becomes INTERNAL with the code kept in the message. */
export function fromWireError(error: v1.Error.$Properties): TesseraError {
  const code = error.code ?? '';
  const message = error.message ?? '';
  return isErrorCode(code) ? new TesseraError(code, message) : new TesseraError('INTERNAL', `${code}: ${message}`);
}

export function toCallStatus(error: TesseraError): CallStatus {
  return new CallStatus(STATUS_OF_CODE[error.code], error.message, v1.Error.encode(toWireError(error)).finish(), {
    cause: error,
  });
}

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  [StatusCode.CANCELLED]: 'CANCELLED',
  [StatusCode.INVALID_ARGUMENT]: 'INVALID_ARGUMENT',
  [StatusCode.DEADLINE_EXCEEDED]: 'DEADLINE_EXCEEDED',
  [StatusCode.RESOURCE_EXHAUSTED]: 'OVERLOADED',
  [StatusCode.UNIMPLEMENTED]: 'UNIMPLEMENTED',
  [StatusCode.UNAVAILABLE]: 'UNAVAILABLE',
};

export function fromCallStatus(status: CallStatus): TesseraError {
  if (status.details !== undefined && status.details.length > 0) {
    try {
      const wire = fromWireError(v1.Error.decode(status.details));
      return new TesseraError(wire.code, wire.message, { cause: status });
    } catch {
      // Not ours: the status code still says what kind of failure it was.
    }
  }
  return new TesseraError(CODE_OF_STATUS[status.statusCode] ?? 'INTERNAL', status.message, { cause: status });
}
