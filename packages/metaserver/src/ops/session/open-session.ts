import { type Id, PEER_NAME_CHARACTERS_MAX, TesseraError } from '@tessera/protocol';
import { sessionKey, sessionNonceKey } from '../../records/keys.js';
import { decodeSession, decodeSessionNonce, encodeSession, encodeSessionNonce } from '../../records/session.js';
import type { MetadataStore, Transaction } from '../../store/transaction.js';
import type { Sessions } from './sessions.js';

const NONCE_BYTES = 16;

/**
 * Opens a session unless there are too many, or finds the one that the same nonce opened.
 * @throws TesseraError INVALID_ARGUMENT, SESSION_EXPIRED, OVERLOADED
 */
export async function openSession(
  store: MetadataStore,
  sessions: Sessions,
  clientName: string,
  nonce: Uint8Array,
): Promise<Id> {
  if (nonce.length !== NONCE_BYTES) {
    throw new TesseraError('INVALID_ARGUMENT', `the nonce has ${nonce.length} bytes; give ${NONCE_BYTES} random ones`);
  }
  if (clientName.length > PEER_NAME_CHARACTERS_MAX) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `client_name has ${clientName.length} characters; at most ${PEER_NAME_CHARACTERS_MAX} are allowed`,
    );
  }
  const nonceKey = sessionNonceKey(nonce);
  const open = (tx: Transaction, isFull: boolean): Id => {
    const existing = tx.get(nonceKey);
    if (existing !== undefined) {
      const id = decodeSessionNonce(existing);
      const session = tx.get(sessionKey(id));
      if (session === undefined || decodeSession(session).ending) {
        throw new TesseraError('SESSION_EXPIRED', 'the session with this nonce is being closed: take another nonce');
      }
      return id;
    }
    if (isFull) throw tooMany(sessions);
    const id = tx.newId();
    tx.insert(sessionKey(id), encodeSession(tx, { clientName, nonce, floor: 0, ending: false }));
    tx.insert(nonceKey, encodeSessionNonce(tx, id));
    return id;
  };
  return sessions.open((isFull) => store.transact((tx) => open(tx, isFull)));
}

function tooMany({ sessionsMax }: Sessions): TesseraError {
  return new TesseraError(
    'OVERLOADED',
    `${sessionsMax} sessions are open, as many as the metaserver takes: close clients that are not needed; sessions of ` +
      'clients that are gone end by themselves once they were silent for long enough',
  );
}
