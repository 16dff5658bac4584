import type { Transaction } from '../store/transaction.js';
import type { InodeKind } from './inode.js';
import { decodeRecord, recordHeader, records } from './record.js';

/** A detached file or directory that the reaper takes apart; the key has its inode. */
export function encodeReaped(tx: Transaction, kind: InodeKind): Uint8Array {
  return records.Reaped.encode({ header: recordHeader(tx), kind }).finish();
}

/** @throws TesseraError CORRUPT */
export function decodeReaped(value: Uint8Array): InodeKind {
  return decodeRecord(records.Reaped, value).kind as InodeKind;
}
