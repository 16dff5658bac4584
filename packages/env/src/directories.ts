import { type Disk, DiskError } from './disk.js';

/** The nearest first, up to `/` or, for a relative path, `.`. */
export function directoriesAbove(path: string): string[] {
  const slash = path.lastIndexOf('/');
  if (slash < 0) return path === '.' ? [] : ['.'];
  if (slash === 0) return path === '/' ? [] : ['/'];
  const parent = path.slice(0, slash);
  return [parent, ...directoriesAbove(parent)];
}

/**
 * Makes the name of a directory durable, whoever made it and those above it: a name is durable once the directory that
 * holds it is synced. Directories that may not be read were not made by this process and are passed over.
 * @throws DiskError
 */
export async function syncDirectoriesAbove(disk: Disk, path: string): Promise<void> {
  for (const above of directoriesAbove(path)) await syncIfAllowed(disk, above);
}

async function syncIfAllowed(disk: Disk, directory: string): Promise<void> {
  try {
    await disk.syncDirectory(directory);
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'PERMISSION') throw error;
  }
}
