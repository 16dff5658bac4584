import { existsSync, realpathSync } from 'node:fs';

/** Without symbolic links: daemons are recognised by the directory in their command line. */
export function canonicalDirectory(directory: string): string {
  return existsSync(directory) ? realpathSync(directory) : directory;
}
