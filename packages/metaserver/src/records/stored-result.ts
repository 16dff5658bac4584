import { TesseraError, v1 } from '@tessera/protocol';
import type { Transaction } from '../store/transaction.js';
import { decodeRecord, recordHeader, records } from './record.js';

/** An operation's answer: exactly one of its outcomes is set. */
export type OperationResult = v1.OperationResult.$Properties;

/** A mutation's answer as its own transaction stores it. */
export function encodeStoredResult(tx: Transaction, result: OperationResult): Uint8Array {
  return records.StoredResult.encode({
    header: recordHeader(tx),
    result: v1.OperationResult.encode(result).finish(),
  }).finish();
}

/** @throws TesseraError CORRUPT */
export function decodeStoredResult(value: Uint8Array): OperationResult {
  const record = decodeRecord(records.StoredResult, value);
  try {
    return v1.OperationResult.decode(record.result) as OperationResult;
  } catch (error) {
    throw new TesseraError('CORRUPT', 'a stored result does not decode', { cause: error });
  }
}
