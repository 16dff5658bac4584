import { DiskError, type DiskErrorCode } from '../disk.js';

const CODES: Readonly<Record<string, DiskErrorCode>> = {
  ENOENT: 'NOT_FOUND',
  EEXIST: 'EXISTS',
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EACCES: 'PERMISSION',
  EPERM: 'PERMISSION',
  EROFS: 'READ_ONLY',
  ENOTDIR: 'NOT_A_DIRECTORY',
};

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'nothing has that name',
  EEXIST: 'something has that name already',
  ENOSPC: 'the file system is full',
  EDQUOT: 'the quota of the user is used up',
  EACCES: 'the user that runs this process lacks the right',
  EPERM: 'the user that runs this process lacks the right',
  EROFS: 'the file system is mounted read-only',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
  EMFILE: 'this process has too many open files; raise its limit (ulimit -n)',
  ENFILE: 'the system has too many open files',
  EIO: 'the device reports an input/output error; check its health and the kernel log',
};

/** What failed and why, from what Node threw. `action` is a verb, as in `cannot ACTION PATH`. */
export function diskErrorFrom(cause: unknown, action: string, path: string): DiskError {
  if (cause instanceof DiskError) return cause;
  const errno = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'unknown';
  const advice = ADVICE[errno] ?? (cause instanceof Error ? cause.message : String(cause));
  return new DiskError(CODES[errno] ?? 'IO', path, `cannot ${action} ${path}: ${advice} (${errno})`, { cause });
}
