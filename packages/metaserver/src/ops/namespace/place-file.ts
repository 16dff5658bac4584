import { type Id, TesseraError } from '@tessera/protocol';
import { encodeDentry } from '../../records/dentry.js';
import { type Inode, InodeKind } from '../../records/inode.js';
import type { Transaction } from '../../store/transaction.js';
import { requireInode } from './inodes.js';
import type { NodePath } from './node-path.js';
import { describe, type Place } from './resolve-path.js';
import type { TotalsDelta } from './totals-delta.js';
import { touchDirectory } from './touch-directory.js';
import { unlinkFile } from './unlink-file.js';

/** Whether a file may take the place. @throws TesseraError EXISTS, IS_A_DIRECTORY */
export function checkFilePlace(node: NodePath, place: Place, replace: boolean): void {
  if (place.dentry === undefined) return;
  const what = describe(node, node.names.length - 1);
  if (place.dentry.kind === InodeKind.DIRECTORY) {
    throw new TesseraError('IS_A_DIRECTORY', `${what} is a directory; a file cannot take its name`);
  }
  if (!replace) throw new TesseraError('EXISTS', `${what} exists; ask to replace it to put another in its place`);
}

/**
 * Gives a file or symbolic link that is new in the namespace the name; the one that had it loses it. `directory` is the place's, as it
 * was before.
 */
export function placeFile(
  tx: Transaction,
  place: Place,
  directory: Inode,
  { id, bytes, kind = InodeKind.FILE }: { id: Id; bytes: number; kind?: InodeKind },
  totals: TotalsDelta,
): void {
  const dentry = encodeDentry(tx, { inode: id, kind });
  if (place.dentry === undefined) {
    tx.insert(place.key, dentry);
  } else {
    tx.put(place.key, dentry);
    unlinkFile(tx, place.dentry.inode, requireInode(tx, place.dentry.inode), totals);
  }
  touchDirectory(tx, place.directory, directory, place.dentry === undefined ? 1 : 0);
  totals.files += 1;
  totals.logicalBytes += bytes;
}
