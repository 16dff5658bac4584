import { type Disk, DiskError } from '@tessera/env';

/**
 * Makes all files of a directory durable, as others left them. LevelDB does not sync what it closes: its files would be
 * as a power loss leaves them although their mark says that they are whole. A directory that is not there is fine.
 */
export async function syncFiles(disk: Disk, directory: string): Promise<void> {
  let names: string[];
  try {
    names = await disk.list(directory);
  } catch (error) {
    if (error instanceof DiskError && error.code === 'NOT_FOUND') return;
    throw error;
  }
  for (const name of names) {
    const file = await disk.open(`${directory}/${name}`, 'read');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
  await disk.syncDirectory(directory);
}
