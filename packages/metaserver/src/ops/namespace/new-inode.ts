import { ID_NONE, type Id, TesseraError, type v1 } from '@tessera/protocol';
import { InodeKind, type NewInode } from '../../records/inode.js';
import type { Transaction } from '../../store/transaction.js';

export const FILE_MODE_DEFAULT = 0o644;
export const DIRECTORY_MODE_DEFAULT = 0o755;
const MODE_MAX = 0o7777;

/** An empty file with one name. */
export function newFile(tx: Transaction, mode: number): NewInode {
  return { ...EMPTY, ...timesNow(tx), kind: InodeKind.FILE, mode, links: 1 };
}

export function newDirectory(
  tx: Transaction,
  parent: Id,
  mode: number,
  layout: v1.Layout.$Properties | undefined,
): NewInode {
  return { ...EMPTY, ...timesNow(tx), kind: InodeKind.DIRECTORY, mode, links: 1, parent, layout };
}

/** Permission bits off the wire; 0 is the default. @throws TesseraError INVALID_ARGUMENT */
export function checkMode(mode: number | null | undefined, fallback: number): number {
  if (mode === null || mode === undefined || mode === 0) return fallback;
  if (mode < 0 || mode > MODE_MAX) {
    throw new TesseraError('INVALID_ARGUMENT', `mode ${mode.toString(8)} has bits outside ${MODE_MAX.toString(8)}`);
  }
  return mode;
}

function timesNow(tx: Transaction): Pick<NewInode, 'createdNs' | 'modifiedNs' | 'changedNs'> {
  return { createdNs: tx.nowNs, modifiedNs: tx.nowNs, changedNs: tx.nowNs };
}

const EMPTY = {
  uid: 0,
  gid: 0,
  bytes: 0,
  entries: 0,
  parent: ID_NONE,
  layout: undefined,
  inlineData: undefined,
  extents: [],
  extentRows: 0,
  stagedBy: ID_NONE,
} as const;
