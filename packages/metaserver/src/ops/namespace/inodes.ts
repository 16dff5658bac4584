import { formatId, type Id, TesseraError } from '@tessera/protocol';
import { decodeInode, encodeInode, type Inode } from '../../records/inode.js';
import { inodeKey } from '../../records/keys.js';
import type { ReadTransaction, Transaction } from '../../store/transaction.js';

export function readInode(tx: ReadTransaction, id: Id): Inode | undefined {
  const value = tx.get(inodeKey(id));
  return value === undefined ? undefined : decodeInode(value);
}

/** The inode that a dentry or a parent refers to. @throws TesseraError CORRUPT when it is not there */
export function requireInode(tx: ReadTransaction, id: Id): Inode {
  const inode = readInode(tx, id);
  if (inode === undefined) throw lost(id);
  return inode;
}

/** As `requireInode` for a directory: the ones in use stay in memory decoded. */
export function requireDirectory(tx: ReadTransaction, id: Id): Inode {
  const inode = tx.getRecord(inodeKey(id), decodeInode);
  if (inode === undefined) throw lost(id);
  return inode;
}

/** Writes over a directory's inode; what is then there has the transaction's version. */
export function putDirectory(tx: Transaction, id: Id, inode: Omit<Inode, 'version'>): void {
  const version = tx.commitSequence;
  tx.putRecord(inodeKey(id), { ...inode, version }, (record) => encodeInode({ commitSequence: version }, record));
}

/** Writes over an inode; what is then there has the transaction's version. */
export function putInode(tx: Transaction, id: Id, inode: Inode): void {
  tx.put(inodeKey(id), encodeInode(tx, inode));
}

/** Writes an inode under a fresh id. */
export function insertInode(tx: Transaction, id: Id, inode: Inode): void {
  tx.insert(inodeKey(id), encodeInode(tx, inode));
}

function lost(id: Id): TesseraError {
  return new TesseraError('CORRUPT', `inode ${formatId(id)} is referred to but missing: check the metadata store`);
}
