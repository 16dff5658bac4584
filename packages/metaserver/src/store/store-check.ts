import { type Clock, type Disk, DiskError } from '@tessera/env';
import type { Applier } from './applier.js';
import { checkpointFileName } from './checkpoint-format.js';
import { readCheckpoint, readCheckpointHeader } from './checkpoint-reader.js';
import { digestMismatch } from './checkpoint-writer.js';
import type { Checkpointer } from './checkpointer.js';
import { Digests } from './digest.js';
import type { StoreDirectories } from './directories.js';
import { journalBeginning } from './journal-position.js';
import { journalFiles, readJournal } from './journal-reader.js';
import type { KeyFilter } from './key-filter.js';
import { keyString } from './key-string.js';
import { paced } from './paced.js';
import { isDamage } from './recovery.js';
import type { View } from './view.js';

export interface StoreCheckParts {
  clock: Clock;
  disk: Disk;
  directories: StoreDirectories;
  view: View;
  applier: Applier;
  checkpointer: Checkpointer;
  filter: KeyFilter;
}

/** Damage in files that are only needed when others are damaged too. */
export interface FileDamage {
  message: string;
  /** The damaged file is a checkpoint. */
  checkpointLsn?: number;
}

/**
 * Compares every entry of the view, as it is now, with the journaled digests. What is written from now on the filter
 * hears of otherwise, so when the view is right the filter knows all keys.
 * @throws TesseraError CORRUPT when they differ or a value fails its hash; the signal's reason
 */
export async function checkView({ clock, view, applier, filter }: StoreCheckParts, signal: AbortSignal): Promise<void> {
  const snapshot = await applier.atRest(({ lsn, digests }) => ({ lsn, digests, pages: view.scan({}) }));
  const sums = new Digests();
  for await (const page of paced(clock, snapshot.pages, signal)) {
    for (const { key, hash } of page) {
      sums.add(key[0] as number, hash);
      filter.add(keyString(key));
    }
  }
  const [different] = sums.differences(snapshot.digests);
  if (different !== undefined) throw digestMismatch(different, snapshot.lsn);
  filter.complete();
}

/** Reads the checkpoints, and the journal that only the older one needs. @throws the signal's reason */
export async function checkFiles(parts: StoreCheckParts, signal: AbortSignal): Promise<FileDamage[]> {
  const { disk, directories, checkpointer } = parts;
  const damages: FileDamage[] = [];
  const [newest, ...older] = checkpointer.good;
  for (const lsn of checkpointer.good) {
    const path = `${directories.checkpoint}/${checkpointFileName(lsn)}`;
    await collectDamage(damages, lsn, async () => {
      await readCheckpoint(disk, path, () => signal.throwIfAborted());
    });
  }
  if (newest === undefined) return damages;
  await collectDamage(damages, undefined, async () => {
    const base = await olderBase(parts, older[0]);
    if (base === undefined) return;
    const visit = () => signal.throwIfAborted();
    const end = await readJournal({ disk, directory: directories.journal, base, untilLsn: newest, visit });
    for (const alarm of end.alarms) damages.push({ message: alarm });
  });
  return damages;
}

async function olderBase({ disk, directories }: StoreCheckParts, lsn: number | undefined) {
  if (lsn !== undefined) {
    const header = await readCheckpointHeader(disk, `${directories.checkpoint}/${checkpointFileName(lsn)}`);
    return header.position;
  }
  const [first] = await journalFiles(disk, directories.journal);
  return first?.firstLsn === 1 ? journalBeginning() : undefined;
}

async function collectDamage(damages: FileDamage[], checkpointLsn: number | undefined, check: () => Promise<void>) {
  try {
    await check();
  } catch (error) {
    if (!isDamage(error) && !(error instanceof DiskError)) throw error;
    damages.push({ message: error.message, ...(checkpointLsn === undefined ? {} : { checkpointLsn }) });
  }
}
