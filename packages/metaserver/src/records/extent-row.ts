import type { Transaction } from '../store/transaction.js';
import { extentFromRecord, extentToRecord, type FileExtent } from './extent.js';
import { decodeRecord, recordHeader, records } from './record.js';

export const EXTENTS_PER_ROW = 64;

/** Extents of a file after those in its inode: ascending, 1..EXTENTS_PER_ROW. */
export function encodeExtentRow(tx: Transaction, extents: readonly FileExtent[]): Uint8Array {
  return records.ExtentRow.encode({ header: recordHeader(tx), extents: extents.map(extentToRecord) }).finish();
}

/** @throws TesseraError CORRUPT */
export function decodeExtentRow(value: Uint8Array): FileExtent[] {
  return decodeRecord(records.ExtentRow, value).extents.map(extentFromRecord);
}
