import { formatId, type Id, TesseraError } from '@tessera/protocol';
import type { FileExtent } from '../../records/extent.js';
import { decodeExtentRow, EXTENTS_PER_ROW, encodeExtentRow } from '../../records/extent-row.js';
import { EXTENTS_PER_INODE, type Inode } from '../../records/inode.js';
import { extentRowKey } from '../../records/keys.js';
import type { ReadTransaction, Transaction } from '../../store/transaction.js';
import { appendRows, lastRow, rowsFrom } from './extent-tree.js';

/** Where a file's extents are: the first in the inode, the others in rows. */
export type ExtentPlaces = Pick<Inode, 'extents' | 'extentTree'>;

/** Adds extents that follow all others: first into the inode, then into its last row, then into new rows. */
export function appendExtents(
  tx: Transaction,
  id: Id,
  places: ExtentPlaces,
  added: readonly FileExtent[],
): ExtentPlaces {
  const { extentTree } = places;
  const hasRows = extentTree.levels > 0;
  const taken = hasRows ? 0 : Math.max(0, EXTENTS_PER_INODE - places.extents.length);
  const extents = taken > 0 ? [...places.extents, ...added.slice(0, taken)] : places.extents;
  let next = taken;
  if (next >= added.length) return { extents, extentTree };
  if (hasRows) {
    const first = lastRow(tx, id, extentTree);
    const last = readExtentRow(tx, id, first);
    const room = EXTENTS_PER_ROW - last.length;
    if (room > 0) {
      tx.put(extentRowKey(id, first), encodeExtentRow(tx, [...last, ...added.slice(next, next + room)]));
      next += room;
    }
  }
  const rows: number[] = [];
  for (; next < added.length; next += EXTENTS_PER_ROW) {
    const row = added.slice(next, next + EXTENTS_PER_ROW);
    const { fileOffset } = row[0] as FileExtent;
    tx.insert(extentRowKey(id, fileOffset), encodeExtentRow(tx, row));
    rows.push(fileOffset);
  }
  return { extents, extentTree: rows.length === 0 ? extentTree : appendRows(tx, id, extentTree, rows) };
}

/** Where the last extent of a file ends; 0 when it has none. */
export function extentsEnd(tx: ReadTransaction, id: Id, { extents, extentTree }: ExtentPlaces): number {
  const hasRows = extentTree.levels > 0;
  const last = (hasRows ? readExtentRow(tx, id, lastRow(tx, id, extentTree)) : extents).at(-1);
  return last === undefined ? 0 : last.fileOffset + last.length;
}

/** `firstOffset` is what the row's key has. @throws TesseraError CORRUPT */
export function readExtentRow(tx: ReadTransaction, id: Id, firstOffset: number): FileExtent[] {
  const value = tx.get(extentRowKey(id, firstOffset));
  if (value === undefined) {
    throw new TesseraError(
      'CORRUPT',
      `the extent row from offset ${firstOffset} of inode ${formatId(id)} is missing: check the metadata store`,
    );
  }
  return decodeExtentRow(value);
}

/**
 * The extents of a file that overlap [from, to), whole, at most `limit`. `nextOffset` is where the first one left out
 * begins; 0 when none was.
 */
export function extentsInRange(
  tx: ReadTransaction,
  id: Id,
  places: ExtentPlaces,
  range: { from: number; to: number },
  limit: number,
): { extents: FileExtent[]; nextOffset: number } {
  const found: FileExtent[] = [];
  const take = (extents: readonly FileExtent[]): number | undefined => {
    for (const extent of extents) {
      if (extent.fileOffset + extent.length <= range.from) continue;
      if (extent.fileOffset >= range.to) return 0;
      if (found.length === limit) return extent.fileOffset;
      found.push(extent);
    }
    return undefined;
  };

  let nextOffset = take(places.extents);
  if (places.extentTree.levels > 0) {
    const rows = rowsFrom(tx, id, places.extentTree, range.from);
    while (nextOffset === undefined) {
      // As many full rows as the limit asks for, and one more: the first may end before the range.
      const batch = nextRows(rows, range.to, Math.ceil((limit - found.length) / EXTENTS_PER_ROW) + 1);
      if (batch.length === 0) break;
      if (batch.length > 1) tx.prefetch(batch.map((row) => extentRowKey(id, row)));
      for (let index = 0; index < batch.length && nextOffset === undefined; index++) {
        nextOffset = take(readExtentRow(tx, id, batch[index] as number));
      }
    }
  }
  return { extents: found, nextOffset: nextOffset ?? 0 };
}

/** Up to `count` rows that may have extents before `to`. */
function nextRows(rows: Generator<number>, to: number, count: number): number[] {
  const batch: number[] = [];
  while (batch.length < count) {
    const { done, value } = rows.next();
    if (done || value >= to) break;
    batch.push(value);
  }
  return batch;
}
