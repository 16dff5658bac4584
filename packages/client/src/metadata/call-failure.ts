import { CallStatus, StatusCode } from '@tessera/env';
import type { TesseraError } from '@tessera/protocol';

/** Transport failures after which the same call may be made again: whether it was executed is unknown. */
const TRANSPORT_RETRYABLE: ReadonlySet<number> = new Set([
  StatusCode.UNAVAILABLE,
  StatusCode.DEADLINE_EXCEEDED,
  StatusCode.RESOURCE_EXHAUSTED,
  // What a dying server's reset streams look like.
  StatusCode.CANCELLED,
  StatusCode.UNKNOWN,
  StatusCode.INTERNAL,
  StatusCode.ABORTED,
]);

/** Whether a failed call says nothing final about the request. */
export function isRetryableCall(error: TesseraError): boolean {
  if (error.cause instanceof CallStatus && (error.cause.details?.length ?? 0) === 0) {
    return TRANSPORT_RETRYABLE.has(error.cause.statusCode);
  }
  return error.code === 'UNAVAILABLE' || error.code === 'DEADLINE_EXCEEDED' || error.code === 'OVERLOADED';
}
