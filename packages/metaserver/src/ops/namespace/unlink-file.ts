import { ID_NONE, type Id } from '@tessera/protocol';
import type { Inode } from '../../records/inode.js';
import { inodeKey, reapedKey } from '../../records/keys.js';
import { encodeReaped } from '../../records/reaped.js';
import type { Transaction } from '../../store/transaction.js';
import { releaseSegments } from '../stripes/release-segments.js';
import { putInode } from './inodes.js';
import type { TotalsDelta } from './totals-delta.js';

/**
 * Takes a name from a file whose dentry goes. Without names it goes too: at once when all there is of it is in the
 * inode, else through the reaper.
 */
export function unlinkFile(tx: Transaction, id: Id, inode: Inode, totals: TotalsDelta): void {
  if (inode.links > 1) {
    putInode(tx, id, { ...inode, links: inode.links - 1, changedNs: tx.nowNs });
    return;
  }
  totals.files -= 1;
  totals.logicalBytes -= inode.bytes;
  if (inode.extentTree.levels > 0 || inode.xattrs.count > 0) {
    handToReaper(tx, id, inode, totals);
    return;
  }
  if (inode.extents.length > 0) {
    releaseSegments(
      tx,
      inode.extents.map((extent) => extent.segment),
      totals,
    );
  }
  tx.delete(inodeKey(id));
}

/** Takes a directory whose dentry goes out of the tree: at once when it is empty, else through the reaper. */
export function unlinkDirectory(tx: Transaction, id: Id, inode: Inode, totals: TotalsDelta): void {
  totals.directories -= 1;
  if (inode.entries === 0 && inode.xattrs.count === 0) tx.delete(inodeKey(id));
  else handToReaper(tx, id, inode, totals);
}

/** Detaches an inode: it has no name and no parent any more, and the reaper takes it apart. */
export function handToReaper(tx: Transaction, id: Id, inode: Inode, totals: TotalsDelta): void {
  putInode(tx, id, { ...inode, links: 0, parent: ID_NONE, stagedBy: ID_NONE, changedNs: tx.nowNs });
  tx.insert(reapedKey(id), encodeReaped(tx, inode.kind));
  totals.reaperPending += 1;
}
