import { TesseraError, toLong } from '@tessera/protocol';
import { v1 as records } from '../../generated/v1.js';
import type { Transaction } from '../store/transaction.js';

export { v1 as records } from '../../generated/v1.js';

export const RECORD_VERSION = 2;

interface RecordType<T> {
  decode(bytes: Uint8Array): T;
}

/** Decodes a record. @throws TesseraError CORRUPT when it is not one, or of another version. */
export function decodeRecord<T extends { header?: records.Header.$Properties | null }>(
  type: RecordType<T>,
  value: Uint8Array,
): T {
  let record: T;
  try {
    record = type.decode(value);
  } catch (error) {
    throw new TesseraError('CORRUPT', 'a metadata record does not decode', { cause: error });
  }
  if (record.header?.version !== RECORD_VERSION) {
    throw new TesseraError(
      'CORRUPT',
      `a metadata record has version ${record.header?.version}; this metaserver reads ${RECORD_VERSION}: run the release that wrote it`,
    );
  }
  return record;
}

/** Who writes a record. */
export type Writer = Pick<Transaction, 'commitSequence'>;

/** The header of a record that this transaction writes. */
export function recordHeader(tx: Writer): records.Header {
  return records.Header.create({ version: RECORD_VERSION, commitSequence: toLong(tx.commitSequence) });
}
