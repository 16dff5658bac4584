import type { Transaction } from '../store/transaction.js';
import { recordHeader, records } from './record.js';

/** Lists a staged inode under its session; the key says all. */
export function encodeStaged(tx: Transaction): Uint8Array {
  return records.Staged.encode({ header: recordHeader(tx) }).finish();
}
