import { DiskError, type DiskErrorCode } from '../../disk.js';

/** An error that a fault put into a call. */
export function injectedFailure(path: string): (code: string) => DiskError {
  return (code) => new DiskError(code as DiskErrorCode, path, `${path}: the simulated disk reports ${code}`);
}
