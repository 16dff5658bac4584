import { prefixEnd } from '@tessera/kv';
import { type Id, readUint64 } from '@tessera/protocol';
import { sessionKey, sessionNonceKey, stagedKey, Table } from '../../records/keys.js';
import { decodeSession, encodeSession } from '../../records/session.js';
import type { MetadataStore, StoreEntry } from '../../store/transaction.js';
import { readInode } from '../namespace/inodes.js';
import { applyTotals, noChange } from '../namespace/totals-delta.js';
import { handToReaper } from '../namespace/unlink-file.js';
import { closeLeasesOfSession } from '../stripes/close-lease.js';

/** Staged files handed over, and results dropped, in one transaction. */
const STAGED_PER_STEP_MAX = 100;
const RESULTS_PER_STEP_MAX = 500;

/**
 * Ends a session: it takes no more mutations, its leases close, what it staged goes to the reaper, its stored results
 * go. Can be cut off anywhere and called again; a session that is gone is fine.
 */
export async function endSession(store: MetadataStore, id: Id): Promise<void> {
  const nonce = await store.transact((tx) => {
    const value = tx.get(sessionKey(id));
    if (value === undefined) return undefined;
    const session = decodeSession(value);
    if (!session.ending) tx.put(sessionKey(id), encodeSession(tx, { ...session, ending: true }));
    return session.nonce;
  });
  if (nonce === undefined) return;
  await closeLeasesOfSession(store, id);
  await forEachStep(store, stagedKey(id, 0n).subarray(0, 9), STAGED_PER_STEP_MAX, (rows) =>
    abandonStaged(store, id, rows),
  );
  await forEachStep(store, Uint8Array.of(Table.RESULT, ...sessionKey(id).subarray(1)), RESULTS_PER_STEP_MAX, (rows) =>
    dropRows(store, rows),
  );
  await store.transact((tx) => {
    tx.delete(sessionKey(id));
    tx.delete(sessionNonceKey(nonce));
  });
}

/** Hands the rows under a prefix to `step`, which deletes them, until there are none. */
async function forEachStep(
  store: MetadataStore,
  prefix: Uint8Array,
  rowsMax: number,
  step: (rows: readonly StoreEntry[]) => Promise<void>,
): Promise<void> {
  const range = { from: prefix, to: prefixEnd(prefix) as Uint8Array };
  for (;;) {
    const rows = await store.scan(range, rowsMax);
    if (rows.length === 0) return;
    await step(rows);
  }
}

async function abandonStaged(store: MetadataStore, session: Id, rows: readonly StoreEntry[]): Promise<void> {
  await store.transact((tx) => {
    const totals = noChange();
    for (const { key } of rows) {
      const id = readUint64(key, 9);
      const inode = readInode(tx, id);
      if (inode !== undefined && inode.stagedBy === session) handToReaper(tx, id, inode, totals);
      tx.delete(key);
    }
    applyTotals(tx, totals);
  });
}

async function dropRows(store: MetadataStore, rows: readonly StoreEntry[]): Promise<void> {
  await store.transact((tx) => {
    tx.prefetch(rows.map(({ key }) => key));
    for (const { key } of rows) tx.delete(key);
  });
}
