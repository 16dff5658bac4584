import { crashIn } from '@tessera/env/simulated';
import { type ErrorCode, isErrorCode, TesseraError } from '@tessera/protocol';
import { ClientDied } from '../workload/client-died.js';
import { OracleViolation } from './violation.js';

/** Codes that say that somebody else has failed: the error knows who, and how. */
const CAUSED: ReadonlySet<ErrorCode> = new Set([
  'UNAVAILABLE',
  'NOT_ENOUGH_SERVERS',
  'OUTCOME_UNKNOWN',
  'DATA_LOSS',
  'CORRUPT',
]);
/** What code that is wrong throws: no failure of the outside looks like that. */
const BUGS: ReadonlySet<string> = new Set([
  'TypeError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'AssertionError',
]);
const CAUSES_MAX = 20;
const DAEMON = /^(metaserver|chunkserver)/;

/**
 * Whether the client's own process has died: who calls into it hears of that at once. A daemon's death is nothing that a
 * client could throw. @throws OracleViolation
 */
export function isOwnCrash(thrown: unknown): boolean {
  const crash = crashIn(thrown);
  if (crash && DAEMON.test(crash.process)) {
    throw new OracleViolation(`a client threw the death of ${crash.process}`, { cause: thrown });
  }
  return crash !== undefined;
}

/** What was thrown, which must be an error that says what it is. @throws OracleViolation */
export function knownError(thrown: unknown): TesseraError {
  if (thrown instanceof OracleViolation || thrown instanceof ClientDied) throw thrown;
  if (isOwnCrash(thrown)) throw new ClientDied((thrown as Error).message);
  if (!(thrown instanceof TesseraError) || !isErrorCode(thrown.code) || thrown.message === '') {
    throw new OracleViolation(`a client threw what has no code: ${String(thrown)}`, { cause: thrown });
  }
  if (thrown.code === 'INTERNAL') {
    throw new OracleViolation(`a client met a bug: ${thrown.message}`, { cause: thrown });
  }
  return thrown;
}

/** What a client threw, which must also say why. @throws OracleViolation */
export function codedError(thrown: unknown): TesseraError {
  const error = knownError(thrown);
  if (CAUSED.has(error.code) && !(error.cause instanceof Error)) {
    throw new OracleViolation(`a client threw ${error.code} without a cause: ${error.message}`, { cause: error });
  }
  let causes = 0;
  for (let at: unknown = error; at !== undefined; at = (at as Error).cause) {
    if (!(at instanceof Error) || at.message === '' || ++causes > CAUSES_MAX) {
      throw new OracleViolation(`a client threw ${error.code} for a cause that says nothing`, { cause: error });
    }
    if (BUGS.has(at.name) || (at instanceof TesseraError && at.code === 'INTERNAL')) {
      throw new OracleViolation(`a client met a bug: ${at.message}`, { cause: error });
    }
  }
  return error;
}

/** What cannot be right is refused with this code. @throws OracleViolation, and what else it fails with */
export async function refusedWith(code: ErrorCode, what: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (thrown) {
    if (codedError(thrown).code === code) return;
    throw thrown;
  }
  throw new OracleViolation(`${what} was to be refused with ${code}, and was done`);
}
