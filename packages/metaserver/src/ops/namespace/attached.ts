import { formatId, ID_NONE, type Id, ROOT_INODE, TesseraError } from '@tessera/protocol';
import { type Inode, InodeKind } from '../../records/inode.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { readInode, requireDirectory } from './inodes.js';

/** How many directories a walk up from a node to the root passes at most. */
export const DIRECTORY_DEPTH_MAX = 4096;

/**
 * The directory with this id, when it hangs below the root. A caller may hold the id of a directory in a tree that was
 * removed since: to it the directory is gone, though the reaper has not come to it yet.
 * @throws TesseraError NOT_FOUND, NOT_A_DIRECTORY, TOO_LARGE
 */
export function requireAttached(tx: ReadTransaction, id: Id): Inode {
  const inode = readInode(tx, id);
  if (inode === undefined || inode.links === 0) throw gone(id);
  if (inode.kind !== InodeKind.DIRECTORY) {
    throw new TesseraError(
      'NOT_A_DIRECTORY',
      `the base inode ${formatId(id)} is no directory, a path cannot start there`,
    );
  }
  if (!isUnder(tx, id, inode, ROOT_INODE)) throw gone(id);
  return inode;
}

/** The directory with this id; once it is gone, the root: what stays of its files elsewhere goes by the root's layout. */
export function attachedOrRoot(tx: ReadTransaction, id: Id): { id: Id; inode: Inode } {
  const inode = id === ID_NONE ? undefined : readInode(tx, id);
  const isThere = inode !== undefined && inode.kind === InodeKind.DIRECTORY && inode.links > 0;
  if (isThere && isUnder(tx, id, inode, ROOT_INODE)) return { id, inode };
  return { id: ROOT_INODE, inode: requireDirectory(tx, ROOT_INODE) };
}

/** Whether the directory `id` is `ancestor` or below it. @throws TesseraError TOO_LARGE */
export function isUnder(tx: ReadTransaction, id: Id, inode: Inode, ancestor: Id): boolean {
  for (let depth = 0; id !== ancestor; depth++) {
    if (inode.parent === ID_NONE) return false;
    if (depth >= DIRECTORY_DEPTH_MAX) {
      throw new TesseraError('TOO_LARGE', `directories are nested deeper than ${DIRECTORY_DEPTH_MAX}`);
    }
    id = inode.parent;
    if (id !== ancestor) inode = requireDirectory(tx, id);
  }
  return true;
}

export function gone(id: Id): TesseraError {
  return new TesseraError('NOT_FOUND', `inode ${formatId(id)} is not there any more: find it by its path again`);
}
