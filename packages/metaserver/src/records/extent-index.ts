import { toSafeNumber } from '@tessera/protocol';
import type { Transaction } from '../store/transaction.js';
import { decodeRecord, recordHeader, records } from './record.js';

/** Nodes that one record of the tree over a large file's extent rows lists. */
export const EXTENT_NODES_PER_INDEX = 256;

/** First offsets of the nodes one level below, or of rows: ascending, 1..EXTENT_NODES_PER_INDEX. */
export function encodeExtentIndex(tx: Transaction, firstOffsets: readonly number[]): Uint8Array {
  return records.ExtentIndex.encode({ header: recordHeader(tx), firstOffsets: [...firstOffsets] }).finish();
}

/** @throws TesseraError CORRUPT */
export function decodeExtentIndex(value: Uint8Array): number[] {
  return decodeRecord(records.ExtentIndex, value).firstOffsets.map(toSafeNumber);
}
