import type { Id } from '@tessera/protocol';
import { dropLastRows } from '../ops/namespace/extent-tree.js';
import { readExtentRow } from '../ops/namespace/file-extents.js';
import { putInode, readInode } from '../ops/namespace/inodes.js';
import { applyTotals, noChange, type TotalsDelta } from '../ops/namespace/totals-delta.js';
import { releaseSegments } from '../ops/stripes/release-segments.js';
import type { FileExtent } from '../records/extent.js';
import { EXTENTS_PER_ROW } from '../records/extent-row.js';
import type { Inode } from '../records/inode.js';
import { extentRowKey, segmentKey } from '../records/keys.js';
import type { MetadataStore, Transaction } from '../store/transaction.js';
import { endReaping, KEYS_PER_SEGMENT, KEYS_PER_STEP_MARK } from './end-reaping.js';

const ROWS_PER_STEP = Math.floor(KEYS_PER_STEP_MARK / (EXTENTS_PER_ROW * KEYS_PER_SEGMENT));

/** One step of taking a detached file apart: some rows from its end, at last the inode. @returns whether it is gone */
export async function reapFile(store: MetadataStore, id: Id): Promise<boolean> {
  return store.transact((tx) => {
    const inode = readInode(tx, id);
    const totals = noChange();
    const hasRows = inode !== undefined && inode.extentTree.levels > 0;
    if (hasRows) dropRows(tx, id, inode, totals);
    else endFile(tx, id, inode, totals);
    applyTotals(tx, totals);
    return !hasRows;
  });
}

function endFile(tx: Transaction, id: Id, inode: Inode | undefined, totals: TotalsDelta): void {
  if (inode !== undefined) release(tx, inode.extents, totals);
  endReaping(tx, id, totals);
}

function dropRows(tx: Transaction, id: Id, inode: Inode, totals: TotalsDelta): void {
  const { tree, dropped } = dropLastRows(tx, id, inode.extentTree, ROWS_PER_STEP);
  tx.prefetch(dropped.map((row) => extentRowKey(id, row)));
  const extents: FileExtent[] = [];
  for (const row of dropped) {
    extents.push(...readExtentRow(tx, id, row));
    tx.delete(extentRowKey(id, row));
  }
  release(tx, extents, totals);
  putInode(tx, id, { ...inode, extentTree: tree });
}

function release(tx: Transaction, extents: readonly FileExtent[], totals: TotalsDelta): void {
  if (extents.length === 0) return;
  const segments = extents.map(({ segment }) => segment);
  tx.prefetch(segments.map(segmentKey));
  releaseSegments(tx, segments, totals);
}
