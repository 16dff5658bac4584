import { KvError, type KvErrorCode } from '../store.js';

const CODES: Readonly<Record<string, KvErrorCode>> = {
  LEVEL_LOCKED: 'LOCKED',
  LEVEL_CORRUPTION: 'CORRUPT',
  LEVEL_IO_ERROR: 'IO',
  LEVEL_ITERATOR_NOT_OPEN: 'CLOSED',
  LEVEL_DATABASE_NOT_OPEN: 'CLOSED',
  LEVEL_STATUS_LOCKED: 'CLOSED',
};

const ADVICE: Readonly<Record<KvErrorCode, string>> = {
  LOCKED: 'another process has it open',
  CORRUPT: 'its files are damaged',
  IO: 'its files cannot be used',
  CLOSED: 'it is closed',
};

/** What failed and why, from what `level` threw: the deepest code of the chain of causes is the reason. */
export function kvErrorFrom(cause: unknown, action: string, path: string): KvError {
  if (cause instanceof KvError) return cause;
  let code: KvErrorCode = 'IO';
  let reason = String(cause);
  for (let at = cause; at instanceof Error; at = at.cause) {
    code = CODES[(at as NodeJS.ErrnoException).code ?? ''] ?? 'IO';
    reason = at.message;
  }
  return new KvError(code, `cannot ${action} the store at ${path}: ${ADVICE[code]} (${reason})`, { cause });
}
