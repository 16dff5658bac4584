import type { Disk, Log } from '@tessera/env';
import { type KvEngine, KvError } from '@tessera/kv';
import { TesseraError } from '@tessera/protocol';
import { checkpointFileName } from './checkpoint-format.js';
import { listCheckpoints, readCheckpointHeader } from './checkpoint-reader.js';
import type { Digests } from './digest.js';
import type { StoreDirectories } from './directories.js';
import { GroupEnds } from './group-ends.js';
import { decodeDigests } from './group-payload.js';
import { CHAIN_BYTES, type JournalPosition } from './journal-position.js';
import { type GroupPlace, journalFiles, readJournal } from './journal-reader.js';
import { checkMark, type RecoveryBase, recoveryBases, viewDoubt } from './recovery-plan.js';
import { View } from './view.js';
import { buildView } from './view-builder.js';
import { readViewMark, type ViewMark, writeViewMark } from './view-mark.js';

export interface RecoveryEnv {
  disk: Disk;
  kv: KvEngine;
  log: Log;
}

/** Journal and view, found to be at the same place. */
export interface Recovered {
  view: View;
  position: JournalPosition;
  /** Highest era that the journal has seen. */
  era: number;
  digests: Digests;
  /** Tables whose journaled digest was wrong: the next group must carry the right one. */
  correctedTables: number[];
  groupEnds: GroupEnds;
  /** Behind the journal's last good group is a torn or damaged one. */
  tailDropped: boolean;
  /** The store was closed in order, and nothing has come to the journal since. */
  stoppedInOrder: boolean;
  /** Bytes of journal after the newest good checkpoint. */
  journalBytes: number;
  /** Lsns of the checkpoints that are not known to be damaged, newest first. */
  checkpoints: number[];
  /** A checkpoint is damaged: another must be written. */
  checkpointDamaged: boolean;
  alarms: string[];
}

/**
 * Brings journal and view to the same place: takes the view as it was left when that is certain to be right, else builds
 * it from the newest good checkpoint and the journal after it.
 * @throws TesseraError CORRUPT, WRONG_VERSION; DiskError, KvError
 */
export async function recover(env: RecoveryEnv, directories: StoreDirectories): Promise<Recovered> {
  const { disk } = env;
  const { root, journal } = directories;
  const mark = await readViewMark(disk, root);
  const damage: string[] = [];
  const checkpoints = await checkpointBases(env, directories, damage);
  const files = await journalFiles(disk, journal);
  let bases = recoveryBases(root, checkpoints, files, mark !== undefined);
  // Nothing is thrown away before the journal was found whole: a doubtful view may hold what a damaged journal lacks.
  const newest = bases[0] as RecoveryBase;
  const { lastGroup, ...read } = await readEnd(env, directories, newest);
  checkMark(root, mark, read.position);
  if (lastGroup) await makeDurable(disk, lastGroup);
  const doubt = viewDoubt(mark, read.position);
  let recovered = doubt === undefined ? await keepView(env, directories, read) : undefined;
  if (recovered === undefined) {
    if (mark !== undefined) {
      env.log.warn({ reason: doubt ?? 'the view differs from the journal' }, 'building the view anew');
      await markDirty(disk, root, mark);
    }
    const exact = mark !== undefined && mark !== 'unreadable' && mark.state === 'damaged';
    const built = await buildView({ ...env, directories, bases, exact });
    damage.push(...built.damage);
    bases = built.bases;
    recovered = built;
  }
  return {
    ...recovered,
    stoppedInOrder: doubt === undefined,
    checkpoints: bases.filter(({ isCheckpoint }) => isCheckpoint).map(({ position }) => position.lsn),
    checkpointDamaged: damage.length > 0,
    alarms: [...damage, ...recovered.alarms],
  };
}

type ReadEnd = Omit<Recovered, 'view' | 'stoppedInOrder' | 'checkpoints' | 'checkpointDamaged'>;

/** The journal's end and what the digests are there. */
async function readEnd({ disk }: RecoveryEnv, directories: StoreDirectories, base: RecoveryBase) {
  const digests = base.digests.copy();
  const groupEnds = new GroupEnds(base.position);
  const end = await readJournal({
    disk,
    directory: directories.journal,
    base: base.position,
    visit: ({ position, payload }) => {
      groupEnds.add(position);
      for (const [table, sum] of decodeDigests(payload)) digests.set(table, sum);
    },
  });
  const { position, era, bytes: journalBytes, tailDropped, alarms, lastGroup } = end;
  const correctedTables: number[] = [];
  return { position, era, journalBytes, tailDropped, alarms, digests, groupEnds, correctedTables, lastGroup };
}

/** The view as it was left, unless it is not what the mark promises. */
async function keepView({ kv }: RecoveryEnv, { view: path }: StoreDirectories, end: ReadEnd) {
  let view: View | undefined;
  try {
    view = await View.open(kv, path);
    const state = await view.state();
    const isRight = state?.lsn === end.position.lsn && state.digests.differences(end.digests).length === 0;
    if (isRight) return { ...end, view };
  } catch (error) {
    if (!(error instanceof KvError) || error.code === 'LOCKED') throw error;
  }
  // An open one could not be destroyed.
  await view?.close();
  return undefined;
}

async function checkpointBases(
  { disk }: RecoveryEnv,
  { checkpoint }: StoreDirectories,
  damage: string[],
): Promise<RecoveryBase[]> {
  const bases: RecoveryBase[] = [];
  for (const lsn of await listCheckpoints(disk, checkpoint)) {
    try {
      const { position, digests } = await readCheckpointHeader(disk, `${checkpoint}/${checkpointFileName(lsn)}`);
      bases.push({ position, digests, isCheckpoint: true });
    } catch (error) {
      if (!isDamage(error)) throw error;
      damage.push(error.message);
    }
  }
  return bases;
}

/**
 * A process that was killed, or whose sync failed, may have left its last group written and not durable. It is read like
 * any other, and what comes after builds on it, so it must not be lost later. After a failed sync the system takes for
 * clean what it could not write: only what is written once more does the next sync make durable.
 */
async function makeDurable(disk: Disk, { path, offset, bytes }: GroupPlace): Promise<void> {
  const file = await disk.open(path, 'write');
  try {
    const group = new Uint8Array(bytes);
    await file.read(group, offset);
    file.writeSync([group], offset);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function markDirty(disk: Disk, root: string, mark: ViewMark | 'unreadable'): Promise<void> {
  if (mark === 'unreadable') {
    await writeViewMark(disk, root, { state: 'dirty', lsn: 0, chain: new Uint8Array(CHAIN_BYTES) });
  } else if (mark.state === 'clean') {
    await writeViewMark(disk, root, { ...mark, state: 'dirty' });
  }
}

export function isDamage(error: unknown): error is TesseraError {
  return error instanceof TesseraError && error.code === 'CORRUPT';
}
