import type { Disk } from '@tessera/env';
import type { StoreDirectories } from './directories.js';
import { decodeDigests, decodeWrites, type StoredWrite } from './group-payload.js';
import { readJournal } from './journal-reader.js';
import { keyString } from './key-string.js';
import { LOAD_ENTRIES_MARK } from './limits.js';
import type { RecoveryBase } from './recovery-plan.js';
import type { View, ViewState } from './view.js';

export interface ViewFollowing {
  disk: Disk;
  directories: StoreDirectories;
  /** Where the journal is read from; the view is not behind it. */
  base: RecoveryBase;
}

/**
 * Applies to a view what the journal has after it: a process that was killed leaves it at the end of some group. Each step leaves
 * the view at the end of one again. Answers the lsn that the view has then; undefined when it is not at the end of a
 * group with that group's digests, and nothing was changed.
 */
export async function bringForward(
  { disk, directories, base }: ViewFollowing,
  view: View,
  { lsn: from, digests: found }: ViewState,
): Promise<number | undefined> {
  const digests = base.digests.copy();
  // The last write of a key within a batch wins, as it does in a group.
  let batch = new Map<string, StoredWrite>();
  let lsn: number | undefined;
  const startsHere = (at: number) => {
    if (at === from && found.differences(digests).length === 0) lsn = at;
  };
  const apply = async () => {
    if (lsn !== undefined && lsn > from) await view.apply([...batch.values()], { lsn, digests: digests.copy() });
    batch = new Map();
  };
  startsHere(base.position.lsn);
  await readJournal({
    disk,
    directory: directories.journal,
    base: base.position,
    visit: async ({ position, payload }) => {
      for (const [table, sum] of decodeDigests(payload)) digests.set(table, sum);
      if (position.lsn <= from) startsHere(position.lsn);
      else if (lsn !== undefined) {
        for (const write of decodeWrites(payload)) batch.set(keyString(write.key), write);
        lsn = position.lsn;
        if (batch.size >= LOAD_ENTRIES_MARK) await apply();
      }
    },
  });
  await apply();
  return lsn;
}
