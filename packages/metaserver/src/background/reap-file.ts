import type { Id } from '@tessera/protocol';
import { readExtentRow } from '../ops/namespace/file-extents.js';
import { putInode, readInode } from '../ops/namespace/inodes.js';
import { applyTotals, noChange } from '../ops/namespace/totals-delta.js';
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
    if (inode !== undefined && inode.extentRows > 0) {
      dropRows(tx, id, inode);
      return false;
    }
    const totals = noChange();
    if (inode !== undefined) release(tx, inode.extents);
    endReaping(tx, id, totals);
    applyTotals(tx, totals);
    return true;
  });
}

function dropRows(tx: Transaction, id: Id, inode: Inode): void {
  const first = Math.max(0, inode.extentRows - ROWS_PER_STEP);
  const extents: FileExtent[] = [];
  for (let row = first; row < inode.extentRows; row++) {
    extents.push(...readExtentRow(tx, id, row));
    tx.delete(extentRowKey(id, row));
  }
  release(tx, extents);
  putInode(tx, id, { ...inode, extentRows: first });
}

function release(tx: Transaction, extents: readonly FileExtent[]): void {
  if (extents.length === 0) return;
  const segments = extents.map(({ segment }) => segment);
  tx.prefetch(segments.map(segmentKey));
  releaseSegments(tx, segments);
}
