import { type ErrorCode, TesseraError } from '@tessera/client';

const CODES: Readonly<Record<string, readonly [code: ErrorCode, meaning: string]>> = {
  ENOENT: ['NOT_FOUND', 'does not exist'],
  EEXIST: ['EXISTS', 'exists already'],
  EISDIR: ['IS_A_DIRECTORY', 'is a directory'],
  ENOTDIR: ['NOT_A_DIRECTORY', 'is not a directory'],
  EACCES: ['INVALID_ARGUMENT', 'is not accessible: permission denied'],
  EPERM: ['INVALID_ARGUMENT', 'is not accessible: operation not permitted'],
  EROFS: ['INVALID_ARGUMENT', 'is on a read-only file system'],
  ENAMETOOLONG: ['INVALID_PATH', 'has too long a name for the local file system'],
  ENOSPC: ['DISK_FULL', 'cannot be written: the local file system is full'],
  EDQUOT: ['DISK_FULL', 'cannot be written: the local quota is used up'],
};

/** A failure of the local file system as a coded error; undefined for everything else. */
export function fromSystemError(error: unknown): TesseraError | undefined {
  if (!(error instanceof Error) || error instanceof TesseraError) return undefined;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === undefined || path === undefined) return undefined;
  const [known, meaning] = CODES[code] ?? ['INTERNAL', `cannot be used: ${error.message}`];
  return new TesseraError(known, `local file ${path} ${meaning}`, { cause: error });
}
