import { decodeId, encodeId, type Id } from '@tessera/protocol';
import type { Transaction } from '../store/transaction.js';
import type { InodeKind } from './inode.js';
import { decodeRecord, recordHeader, records } from './record.js';

/** A name in a directory. The kind spares walks the inode. */
export interface Dentry {
  readonly inode: Id;
  readonly kind: InodeKind;
}

export function encodeDentry(tx: Transaction, dentry: Dentry): Uint8Array {
  return records.Dentry.encode({ header: recordHeader(tx), inode: encodeId(dentry.inode), kind: dentry.kind }).finish();
}

/** @throws TesseraError CORRUPT */
export function decodeDentry(value: Uint8Array): Dentry {
  const record = decodeRecord(records.Dentry, value);
  return { inode: decodeId(record.inode), kind: record.kind as InodeKind };
}
