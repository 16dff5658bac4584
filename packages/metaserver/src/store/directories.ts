import { type Disk, DiskError } from '@tessera/env';

/** Where the parts of a store lie. */
export interface StoreDirectories {
  root: string;
  /** Held open while the store is. */
  lock: string;
  journal: string;
  checkpoint: string;
  view: string;
}

export function storeDirectories(root: string): StoreDirectories {
  return {
    root,
    lock: `${root}/lock`,
    journal: `${root}/journal`,
    checkpoint: `${root}/checkpoint`,
    view: `${root}/view`,
  };
}

/** Makes the directories durably and removes files that an earlier start did not finish. */
export async function prepareDirectories(disk: Disk, { root, journal, checkpoint }: StoreDirectories): Promise<void> {
  for (const directory of [root, journal, checkpoint]) await disk.makeDirectory(directory);
  for (const directory of [root, journal, checkpoint]) {
    for (const name of await disk.list(directory)) if (name.endsWith('.new')) await disk.remove(`${directory}/${name}`);
    await disk.syncDirectory(directory);
  }
  for (const directory of directoriesAbove(root)) await syncIfAllowed(disk, directory);
}

/** Any of them may have been made just now, and a name is durable once the directory that holds it is synced. */
function directoriesAbove(path: string): string[] {
  const slash = path.lastIndexOf('/');
  if (slash < 0) return path === '.' ? [] : ['.'];
  if (slash === 0) return path === '/' ? [] : ['/'];
  const parent = path.slice(0, slash);
  return [parent, ...directoriesAbove(parent)];
}

/** A directory that may not be read was not made by this process. */
async function syncIfAllowed(disk: Disk, directory: string): Promise<void> {
  try {
    await disk.syncDirectory(directory);
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'PERMISSION') throw error;
  }
}
