import { isErrorCode, TesseraError } from '@tessera/protocol';
import { OracleViolation } from '../../oracle/violation.js';
import type { ErrorWords } from './words.js';

/** What was thrown, as it travels between processes. */
export function errorWords(thrown: unknown): ErrorWords {
  if (!(thrown instanceof Error))
    return { name: typeof thrown, code: undefined, message: String(thrown), cause: undefined };
  const { name, message, cause } = thrown;
  const code = thrown instanceof TesseraError ? thrown.code : undefined;
  return { name, code, message, cause: cause === undefined ? undefined : errorWords(cause) };
}

/** The error of those words: what oracles tell apart is told apart. */
export function errorOf({ name, code, message, cause }: ErrorWords): Error {
  const options = cause === undefined ? {} : { cause: errorOf(cause) };
  if (code !== undefined && isErrorCode(code)) return new TesseraError(code, message, options);
  if (name === 'OracleViolation') return new OracleViolation(message, options);
  return Object.assign(new Error(message, options), { name });
}
