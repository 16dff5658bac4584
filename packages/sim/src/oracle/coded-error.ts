import { isErrorCode, TesseraError } from '@tessera/protocol';
import { ClientDied } from '../workload/client-died.js';
import { OracleViolation } from './violation.js';

/** What a client threw, which must be an error that says what it is. @throws OracleViolation */
export function codedError(thrown: unknown): TesseraError {
  if (thrown instanceof OracleViolation || thrown instanceof ClientDied) throw thrown;
  if (!(thrown instanceof TesseraError) || !isErrorCode(thrown.code) || thrown.message === '') {
    throw new OracleViolation(`a client threw what has no code: ${String(thrown)}`, { cause: thrown });
  }
  if (thrown.code === 'INTERNAL') {
    throw new OracleViolation(`a client met a bug: ${thrown.message}`, { cause: thrown });
  }
  return thrown;
}
