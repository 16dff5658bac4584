import { type Disk, syncDirectoriesAbove } from '@tessera/env';

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
  // Any of them may have been made just now.
  await syncDirectoriesAbove(disk, root);
}
