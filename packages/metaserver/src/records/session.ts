import { decodeId, encodeId, type Id, toSafeNumber } from '@tessera/protocol';
import type { Transaction } from '../store/transaction.js';
import { decodeRecord, recordHeader, records } from './record.js';

export interface Session {
  readonly clientName: string;
  readonly nonce: Uint8Array;
  /** Results of sequences below it are gone; such requests are refused. */
  readonly floor: number;
  /** It takes no mutation any more and is being taken apart. */
  readonly ending: boolean;
}

export function encodeSession(tx: Transaction, session: Session): Uint8Array {
  return records.Session.encode({ header: recordHeader(tx), ...session }).finish();
}

/** @throws TesseraError CORRUPT */
export function decodeSession(value: Uint8Array): Session {
  const record = decodeRecord(records.Session, value);
  return {
    clientName: record.clientName,
    nonce: record.nonce,
    floor: toSafeNumber(record.floor),
    ending: record.ending,
  };
}

export function encodeSessionNonce(tx: Transaction, session: Id): Uint8Array {
  return records.SessionNonce.encode({ header: recordHeader(tx), session: encodeId(session) }).finish();
}

/** The session that was opened with the nonce. @throws TesseraError CORRUPT */
export function decodeSessionNonce(value: Uint8Array): Id {
  return decodeId(decodeRecord(records.SessionNonce, value).session);
}
