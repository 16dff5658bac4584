import { formatId, type Id, TesseraError } from '@tessera/protocol';
import type { FileExtent } from '../../records/extent.js';
import { decodeExtentRow, EXTENTS_PER_ROW, encodeExtentRow } from '../../records/extent-row.js';
import { EXTENTS_PER_INODE, type Inode } from '../../records/inode.js';
import { extentRowKey } from '../../records/keys.js';
import type { ReadTransaction, Transaction } from '../../store/transaction.js';

/** Where a file's extents are: the first in the inode, the others in rows. */
export type ExtentPlaces = Pick<Inode, 'extents' | 'extentRows'>;

/** Adds extents that follow all others: first into the inode, then into its last row, then into new rows. */
export function appendExtents(
  tx: Transaction,
  id: Id,
  places: ExtentPlaces,
  added: readonly FileExtent[],
): ExtentPlaces {
  const taken = places.extentRows > 0 ? 0 : EXTENTS_PER_INODE - places.extents.length;
  const extents = taken > 0 ? [...places.extents, ...added.slice(0, taken)] : places.extents;
  let next = Math.max(0, taken);
  let { extentRows } = places;
  if (extentRows > 0 && next < added.length) {
    const last = readExtentRow(tx, id, extentRows - 1);
    const room = EXTENTS_PER_ROW - last.length;
    if (room > 0) {
      tx.put(extentRowKey(id, extentRows - 1), encodeExtentRow(tx, [...last, ...added.slice(next, next + room)]));
      next += room;
    }
  }
  for (; next < added.length; next += EXTENTS_PER_ROW) {
    const row = added.slice(next, next + EXTENTS_PER_ROW);
    tx.insert(extentRowKey(id, extentRows), encodeExtentRow(tx, row));
    extentRows += 1;
  }
  return { extents, extentRows };
}

export function readExtentRow(tx: ReadTransaction, id: Id, row: number): FileExtent[] {
  const value = tx.get(extentRowKey(id, row));
  if (value === undefined) {
    throw new TesseraError(
      'CORRUPT',
      `extent row ${row} of inode ${formatId(id)} is missing: check the metadata store`,
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
  inode: Inode,
  range: { from: number; to: number },
  limit: number,
): { extents: FileExtent[]; nextOffset: number } {
  const found: FileExtent[] = [];
  const take = (extents: readonly FileExtent[]): number | undefined => {
    for (const extent of extents) {
      if (endOf(extent) <= range.from) continue;
      if (extent.fileOffset >= range.to) return 0;
      if (found.length === limit) return extent.fileOffset;
      found.push(extent);
    }
    return undefined;
  };

  let nextOffset = take(inode.extents);
  if (nextOffset === undefined && inode.extentRows > 0) {
    const first = firstRowPast(tx, id, inode, range.from);
    announceRows(tx, id, inode, first, range, limit - found.length);
    for (let row = first; row < inode.extentRows && nextOffset === undefined; row++) {
      nextOffset = take(readExtentRow(tx, id, row));
    }
  }
  return { extents: found, nextOffset: nextOffset ?? 0 };
}

/** The first row with an extent that ends past `offset`; the number of rows when there is none. */
function firstRowPast(tx: ReadTransaction, id: Id, inode: Inode, offset: number): number {
  let low = 0;
  let high = inode.extentRows;
  // Segments of one length spread evenly over the rows, so the first guess is nearly always it.
  let guess = Math.min(high - 1, Math.floor(rowShare(inode, offset) * inode.extentRows));
  while (low < high) {
    const row = readExtentRow(tx, id, guess);
    if (endOf(row[row.length - 1]) <= offset) low = guess + 1;
    else if ((row[0] as FileExtent).fileOffset <= offset) return guess;
    else high = guess;
    guess = (low + high) >>> 1;
  }
  return low;
}

/** What part of the bytes that rows cover lies before `offset`. */
function rowShare(inode: Inode, offset: number): number {
  const start = endOf(inode.extents[inode.extents.length - 1]);
  if (offset <= start || inode.bytes <= start) return 0;
  return Math.min(1, (offset - start) / (inode.bytes - start));
}

function announceRows(
  tx: ReadTransaction,
  id: Id,
  inode: Inode,
  first: number,
  range: { from: number; to: number },
  limit: number,
): void {
  const rowsOfLimit = Math.ceil(limit / EXTENTS_PER_ROW) + 1;
  const last = Math.ceil(rowShare(inode, range.to) * inode.extentRows);
  const keys: Uint8Array[] = [];
  for (let row = first; row < Math.min(last, first + rowsOfLimit, inode.extentRows); row++) {
    keys.push(extentRowKey(id, row));
  }
  if (keys.length > 1) tx.prefetch(keys);
}

function endOf(extent: FileExtent | undefined): number {
  return extent === undefined ? 0 : extent.fileOffset + extent.length;
}
