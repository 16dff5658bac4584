import { prefixEnd } from '@tessera/kv';
import type { Id } from '@tessera/protocol';
import { requireInode } from '../ops/namespace/inodes.js';
import { applyTotals, noChange, type TotalsDelta } from '../ops/namespace/totals-delta.js';
import { unlinkDirectory, unlinkFile } from '../ops/namespace/unlink-file.js';
import { decodeDentry } from '../records/dentry.js';
import { type Inode, InodeKind } from '../records/inode.js';
import { dentryKey, inodeKey, segmentKey } from '../records/keys.js';
import type { MetadataStore, StoreEntry, Transaction } from '../store/transaction.js';
import { endReaping, KEYS_PER_SEGMENT, KEYS_PER_STEP_MARK } from './end-reaping.js';

const ENTRIES_PER_STEP_MAX = 200;

/**
 * One step of taking a detached directory apart: removes some of its entries, or, when there are none, the directory.
 * Its subdirectories are detached in turn. @returns whether the directory is gone
 */
export async function reapDirectory(store: MetadataStore, id: Id): Promise<boolean> {
  const from = dentryKey(id, new Uint8Array());
  const rows = await store.scan({ from, to: prefixEnd(from) as Uint8Array }, ENTRIES_PER_STEP_MAX);
  return store.transact((tx) => {
    const totals = noChange();
    const isGone = rows.length === 0;
    if (isGone) endReaping(tx, id, totals);
    else removeEntries(tx, rows, totals);
    applyTotals(tx, totals);
    return isGone;
  });
}

interface Entry {
  readonly key: Uint8Array;
  readonly id: Id;
  readonly inode: Inode;
}

/** Removes the entries, as many as fit a transaction of the size meant. */
function removeEntries(tx: Transaction, rows: readonly StoreEntry[], totals: TotalsDelta): void {
  const entries: Entry[] = [];
  let keys = 0;
  for (const entry of readEntries(tx, rows)) {
    entries.push(entry);
    keys += 2 + entry.inode.extents.length * KEYS_PER_SEGMENT;
    if (keys >= KEYS_PER_STEP_MARK) break;
  }
  tx.prefetch(entries.flatMap(({ inode }) => inode.extents.map(({ segment }) => segmentKey(segment))));
  for (const { key, id, inode } of entries) {
    tx.delete(key);
    if (inode.kind === InodeKind.DIRECTORY) unlinkDirectory(tx, id, inode, totals);
    // Another of its names may have gone in this very step.
    else unlinkFile(tx, id, inode.links > 1 ? requireInode(tx, id) : inode, totals);
  }
}

/** A detached directory gains no entries and only the reaper takes some, so that those scanned are there. */
function readEntries(tx: Transaction, rows: readonly StoreEntry[]): Entry[] {
  const dentries = rows.map(({ key, value }) => ({ key, id: decodeDentry(value).inode }));
  tx.prefetch(dentries.flatMap(({ key, id }) => [key, inodeKey(id)]));
  return dentries.map(({ key, id }) => ({ key, id, inode: requireInode(tx, id) }));
}
