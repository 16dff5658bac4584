import { TesseraError } from '@tessera/protocol';
import { Digests } from './digest.js';
import { type JournalPosition, journalBeginning } from './journal-position.js';
import type { ViewMark } from './view-mark.js';

/** A place from which the journal can be replayed. */
export interface RecoveryBase {
  position: JournalPosition;
  digests: Digests;
  /** False for the empty store that the first journal file begins with. */
  isCheckpoint: boolean;
}

/**
 * The bases to try, newest first.
 * @throws TesseraError CORRUPT when there is none: journal and checkpoints do not reach back to a common point
 */
export function recoveryBases(
  root: string,
  checkpoints: readonly RecoveryBase[],
  journal: readonly { firstLsn: number }[],
  hasMark: boolean,
): RecoveryBase[] {
  const bases = checkpoints.toSorted((left, right) => right.position.lsn - left.position.lsn);
  const isNew = checkpoints.length === 0 && journal.length === 0 && !hasMark;
  if (isNew || journal[0]?.firstLsn === 1) {
    bases.push({ position: journalBeginning(), digests: new Digests(), isCheckpoint: false });
  }
  if (bases.length > 0) return bases;
  throw new TesseraError(
    'CORRUPT',
    `${root}: expected a readable checkpoint or a journal from lsn 1 on, found ` +
      `${journal[0] ? `a journal from lsn ${journal[0].firstLsn} on` : 'no journal'}: the store cannot be brought back ` +
      'from what is here. Put back the whole directory from a backup.',
  );
}

/** Why the view is not to be used as it was left; undefined when it may be. */
export function viewDoubt(mark: ViewMark | 'unreadable' | undefined, end: JournalPosition): string | undefined {
  if (mark === undefined) return 'the store is new';
  if (mark === 'unreadable') return 'view.mark is damaged';
  if (mark.state === 'dirty') return 'the metaserver was not stopped in order';
  if (mark.state === 'damaged') return 'the view was found to differ from the journal';
  const isEnd = mark.lsn === end.lsn && Buffer.from(mark.chain).equals(end.chain);
  return isEnd ? undefined : 'the journal goes on after the view';
}

/** @throws TesseraError CORRUPT when the mark saw more of the journal than there is */
export function checkMark(root: string, mark: ViewMark | 'unreadable' | undefined, end: JournalPosition): void {
  if (mark === undefined || mark === 'unreadable' || mark.lsn <= end.lsn) return;
  throw new TesseraError(
    'CORRUPT',
    `${root}/journal: expected the journal to reach lsn ${mark.lsn}, which view.mark has seen durable, but it ends at ` +
      `lsn ${end.lsn}: acknowledged transactions are missing at its end. The metaserver does not start, to lose ` +
      "nothing silently. Put back the newest journal file from a backup of the metaserver's directory, or the whole " +
      'directory.',
  );
}
