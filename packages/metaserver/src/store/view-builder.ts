import type { Disk, Log } from '@tessera/env';
import type { KvEngine } from '@tessera/kv';
import { TesseraError } from '@tessera/protocol';
import { checkpointFileName } from './checkpoint-format.js';
import { readCheckpoint } from './checkpoint-reader.js';
import { type Digests, showTable } from './digest.js';
import type { StoreDirectories } from './directories.js';
import { GroupEnds } from './group-ends.js';
import { decodeDigests, decodeWrites, type StoredWrite } from './group-payload.js';
import { readJournal } from './journal-reader.js';
import { keyString } from './key-string.js';
import { LOAD_ENTRIES_MARK } from './limits.js';
import type { RecoveryBase } from './recovery-plan.js';
import { storedHash } from './stored-value.js';
import { View } from './view.js';

export interface ViewBuild {
  disk: Disk;
  kv: KvEngine;
  log: Log;
  directories: StoreDirectories;
  /** Bases to try, newest first. */
  bases: readonly RecoveryBase[];
  /**
   * Compute the digests from what is written instead of taking the journal's. After the view was found damaged these
   * may be wrong: a transaction may have read from the damaged view what its key held before.
   */
  exact: boolean;
}

/**
 * Builds the view from the newest base that is whole and the journal after it.
 * @throws TesseraError CORRUPT when no base is whole, or the journal is damaged
 */
export async function buildView(build: ViewBuild) {
  const damage: string[] = [];
  for (const [index, base] of build.bases.entries()) {
    await build.kv.destroy(build.directories.view);
    const view = await View.open(build.kv, build.directories.view);
    try {
      if (base.isCheckpoint) await loadCheckpoint(build, view, base);
      const replayed = await replay(build, view, base);
      const { lsn, era } = replayed.position;
      build.log.info({ lsn, era, checkpoint: base.position.lsn }, 'the view was built from checkpoint and journal');
      return { ...replayed, view, bases: build.bases.slice(index), damage };
    } catch (error) {
      await view.close();
      if (!(error instanceof DamagedCheckpoint)) throw error;
      damage.push(error.message);
    }
  }
  throw new TesseraError(
    'CORRUPT',
    `${damage.join('; ')}: no checkpoint is whole, and the journal does not reach back to its beginning. Put back a ` +
      "checkpoint from a backup of the metaserver's directory, or the whole directory.",
  );
}

/** The base cannot be used; an older one may. */
class DamagedCheckpoint extends Error {}

async function loadCheckpoint({ disk, directories }: ViewBuild, view: View, base: RecoveryBase): Promise<void> {
  const path = `${directories.checkpoint}/${checkpointFileName(base.position.lsn)}`;
  let batch: StoredWrite[] = [];
  try {
    await readCheckpoint(disk, path, async (entries) => {
      for (const entry of entries) batch.push(entry);
      if (batch.length < LOAD_ENTRIES_MARK) return;
      await view.load(batch);
      batch = [];
    });
  } catch (error) {
    if (!(error instanceof TesseraError) || error.code !== 'CORRUPT') throw error;
    throw new DamagedCheckpoint(error.message, { cause: error });
  }
  await view.load(batch);
}

async function replay({ disk, directories, exact }: ViewBuild, view: View, base: RecoveryBase) {
  const journaled = base.digests.copy();
  const computed = base.digests.copy();
  const groupEnds = new GroupEnds(base.position);
  // The last write of a key within a batch wins, as it does in a group.
  let batch = new Map<string, StoredWrite>();
  const load = async () => {
    if (exact) await addToDigests(view, batch, computed);
    await view.load([...batch.values()]);
    batch = new Map();
  };
  const end = await readJournal({
    disk,
    directory: directories.journal,
    base: base.position,
    visit: async ({ position, payload }) => {
      groupEnds.add(position);
      for (const [table, sum] of decodeDigests(payload)) journaled.set(table, sum);
      for (const write of decodeWrites(payload)) batch.set(keyString(write.key), write);
      if (batch.size >= LOAD_ENTRIES_MARK) await load();
    },
  });
  await load();
  const digests = exact ? computed : journaled;
  const correctedTables = digests.differences(journaled);
  await view.apply([], { lsn: end.position.lsn, digests });
  const { position, era, bytes: journalBytes, tailDropped } = end;
  const alarms = [...end.alarms, ...correctedTables.map(correctionAlarm)];
  return { position, era, journalBytes, tailDropped, alarms, digests, correctedTables, groupEnds };
}

async function addToDigests(view: View, batch: ReadonlyMap<string, StoredWrite>, digests: Digests): Promise<void> {
  const writes = [...batch.values()];
  const before = await view.getMany(writes.map(({ key }) => key));
  for (const [index, { key, value }] of writes.entries()) {
    const table = key[0] as number;
    digests.subtract(table, before[index]?.hash ?? 0n);
    if (value !== undefined) digests.add(table, storedHash(value));
  }
}

function correctionAlarm(table: number): string {
  return (
    `the journaled digest of table ${showTable(table)} was wrong and is corrected: transactions ran on the damaged ` +
    'view before the damage was found, so answers given since the previous start may have missed records'
  );
}
