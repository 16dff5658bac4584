import type { ReadTransaction, Transaction } from '../store/transaction.js';
import { decodeRecord, recordHeader, records } from './record.js';

/** The value of an extended attribute; its key has the inode and the name. */
export function encodeXattr(tx: Transaction, value: Uint8Array): Uint8Array {
  return records.Xattr.encode({ header: recordHeader(tx), value }).finish();
}

/** @throws TesseraError CORRUPT */
export function decodeXattr(record: Uint8Array): Uint8Array {
  return decodeRecord(records.Xattr, record).value;
}

/** The value under a key of `xattrKey`; undefined when there is none. @throws TesseraError CORRUPT */
export function readXattr(tx: ReadTransaction, key: Uint8Array): Uint8Array | undefined {
  const record = tx.get(key);
  return record === undefined ? undefined : decodeXattr(record);
}
