import { Metadata, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { CALL_DETAIL_BYTES_MAX, CALL_ERROR_TEXT_MAX } from '../limits.js';
import { CallStatus, StatusCode } from '../network.js';

/** The trailing header that carries a failed call's detail bytes. */
const DETAIL_KEY = 'tessera-error-bin';

const STATUS_CODE_MAX = StatusCode.UNAUTHENTICATED;

/** What a handler threw, as the caller may see it: a foreign error becomes INTERNAL without its text or stack. */
export function statusFromHandler(error: unknown): Partial<StatusObject> {
  if (!(error instanceof CallStatus)) {
    return { code: StatusCode.INTERNAL, details: 'the server failed unexpectedly; its log says why' };
  }
  const { statusCode, details } = error;
  const known = Number.isInteger(statusCode) && statusCode >= 1 && statusCode <= STATUS_CODE_MAX;
  const metadata = new Metadata();
  if (details !== undefined && details.length <= CALL_DETAIL_BYTES_MAX) {
    metadata.set(DETAIL_KEY, Buffer.from(details.buffer, details.byteOffset, details.byteLength));
  }
  return {
    code: known ? statusCode : StatusCode.UNKNOWN,
    details: error.message.slice(0, CALL_ERROR_TEXT_MAX),
    metadata,
  };
}

/** A failed call as the caller sees it. */
export function statusFromPeer(error: ServiceError): CallStatus {
  const detail = error.metadata?.get(DETAIL_KEY)[0];
  return new CallStatus(error.code, error.details, detail instanceof Uint8Array ? detail : undefined, { cause: error });
}
