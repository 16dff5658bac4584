import type { Id } from '@tessera/protocol';
import type { Inode } from '../../records/inode.js';
import type { Transaction } from '../../store/transaction.js';
import { putDirectory } from './inodes.js';

/** A directory's entries changed: their number by `delta`, its times and its content version. */
export function touchDirectory(tx: Transaction, id: Id, inode: Inode, delta: number): void {
  putDirectory(tx, id, {
    ...inode,
    entries: inode.entries + delta,
    modifiedNs: tx.nowNs,
    changedNs: tx.nowNs,
    contentVersion: tx.commitSequence,
  });
}
