import { prefixEnd } from '@tessera/kv';
import type { Id } from '@tessera/protocol';
import { readInode } from '../ops/namespace/inodes.js';
import { xattrKey } from '../records/keys.js';
import type { MetadataStore } from '../store/transaction.js';

const XATTRS_PER_STEP_MAX = 200;

/**
 * One step of removing what extended attributes a detached inode has. Nobody gives it new ones. @returns whether none
 * is left
 */
export async function reapXattrs(store: MetadataStore, id: Id): Promise<boolean> {
  const count = await store.read((tx) => readInode(tx, id)?.xattrs.count ?? 0);
  if (count === 0) return true;
  const from = xattrKey(id, new Uint8Array());
  const rows = await store.scan({ from, to: prefixEnd(from) as Uint8Array }, XATTRS_PER_STEP_MAX);
  if (rows.length === 0) return true;
  await store.transact((tx) => {
    tx.prefetch(rows.map(({ key }) => key));
    for (const { key } of rows) tx.delete(key);
  });
  return rows.length < XATTRS_PER_STEP_MAX;
}
