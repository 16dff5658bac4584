import { EXTENTS_REPLACED_MAX, type Id, TesseraError } from '@tessera/protocol';
import type { FileExtent } from '../../records/extent.js';
import { EXTENTS_PER_ROW, encodeExtentRow } from '../../records/extent-row.js';
import { EXTENTS_PER_INODE } from '../../records/inode.js';
import { extentRowKey } from '../../records/keys.js';
import type { Transaction } from '../../store/transaction.js';
import { dropLastRows, insertRow, lastRow, rowsFrom } from './extent-tree.js';
import { appendExtents, type ExtentPlaces, extentsEnd, readExtentRow } from './file-extents.js';
import { cutExtents, endOf, overlayExtents, partOf, ReferenceChanges } from './overlay-extents.js';

/** What the inode keeps when its list overflows: the rest has room to grow in rows. */
const EXTENTS_LEFT_IN_INODE = EXTENTS_PER_INODE / 2;

/** One list of extents, and what of a write lies in the part of the file that it is for. */
interface Leaf {
  /** First offset of a row; undefined for the inode's list. */
  readonly row: number | undefined;
  readonly pieces: FileExtent[];
}

/**
 * Puts new extents over what a file has. Each list of extents that they lie in is written once; an extent across the
 * border of two lists is cut there. Each new segment counts as referred to once already.
 * @throws TesseraError TOO_LARGE when more than EXTENTS_REPLACED_MAX extents were covered or cut
 */
export function replaceExtents(
  tx: Transaction,
  id: Id,
  places: ExtentPlaces,
  added: readonly FileExtent[],
): { places: ExtentPlaces; changes: ReferenceChanges } {
  const changes = new ReferenceChanges();
  const [first] = added;
  if (first === undefined) return { places, changes };
  if (first.fileOffset >= lowestEnd(tx, id, places) && first.fileOffset >= extentsEnd(tx, id, places)) {
    return { places: appendExtents(tx, id, places, added), changes };
  }
  for (const extent of added) changes.add(extent, -1);
  const leaves = planLeaves(tx, id, places, added);
  tx.prefetch(leaves.flatMap(({ row }) => (row === undefined ? [] : [extentRowKey(id, row)])));
  let { extents, extentTree } = places;
  for (const { row, pieces } of leaves) {
    const under = row === undefined ? extents : readExtentRow(tx, id, row);
    const next = overlayExtents(under, pieces, changes);
    let moved: FileExtent[][];
    if (row === undefined) {
      const fits = next.length <= EXTENTS_PER_INODE;
      extents = fits ? next : next.slice(0, EXTENTS_LEFT_IN_INODE);
      moved = fits ? [] : cutEvenly(next.slice(EXTENTS_LEFT_IN_INODE));
    } else {
      const [kept, ...rest] = cutEvenly(next);
      tx.put(extentRowKey(id, row), encodeExtentRow(tx, kept as FileExtent[]));
      moved = rest;
    }
    for (const list of moved) {
      const { fileOffset } = list[0] as FileExtent;
      tx.insert(extentRowKey(id, fileOffset), encodeExtentRow(tx, list));
      extentTree = insertRow(tx, id, extentTree, fileOffset);
    }
  }
  if (changes.replaced > EXTENTS_REPLACED_MAX) {
    throw new TesseraError(
      'TOO_LARGE',
      `the write covers or cuts ${changes.replaced} extents; one commit takes ${EXTENTS_REPLACED_MAX}: write it in smaller parts`,
    );
  }
  return { places: { extents, extentTree }, changes };
}

/**
 * Takes away what lies at and after `bytes`, from the end on, up to about EXTENTS_REPLACED_MAX extents. `reached` is
 * above `bytes` when there is more to take.
 */
export function truncateExtents(
  tx: Transaction,
  id: Id,
  { extents, extentTree }: ExtentPlaces,
  bytes: number,
): { places: ExtentPlaces; changes: ReferenceChanges; reached: number } {
  const changes = new ReferenceChanges();
  let tree = extentTree;
  let reached = Number.POSITIVE_INFINITY;
  while (tree.levels > 0) {
    const first = lastRow(tx, id, tree);
    const row = readExtentRow(tx, id, first);
    if (changes.replaced > 0 && changes.replaced + row.length > EXTENTS_REPLACED_MAX) {
      return { places: { extents, extentTree: tree }, changes, reached: Math.max(reached, bytes) };
    }
    const kept = cutExtents(row, bytes, changes);
    if (kept.length > 0) {
      if (endOf(row.at(-1) as FileExtent) > bytes) tx.put(extentRowKey(id, first), encodeExtentRow(tx, kept));
      return { places: { extents, extentTree: tree }, changes, reached: bytes };
    }
    tx.delete(extentRowKey(id, first));
    tree = dropLastRows(tx, id, tree, 1).tree;
    reached = first;
  }
  return { places: { extents: cutExtents(extents, bytes, changes), extentTree: tree }, changes, reached: bytes };
}

/** An offset that the file's last extent cannot end before; spares looking for it when a write begins earlier. */
function lowestEnd(tx: Transaction, id: Id, { extents, extentTree }: ExtentPlaces): number {
  if (extentTree.levels > 0) return lastRow(tx, id, extentTree);
  const last = extents.at(-1);
  return last === undefined ? 0 : endOf(last);
}

/** Which lists the extents lie in, in file order. */
function planLeaves(tx: Transaction, id: Id, places: ExtentPlaces, added: readonly FileExtent[]): Leaf[] {
  const leaves: Leaf[] = [];
  let leaf: Leaf | undefined;
  let end = 0;
  for (const extent of added) {
    let rest: FileExtent | undefined = extent;
    while (rest !== undefined) {
      if (leaf === undefined || rest.fileOffset >= end) {
        const found = leafAt(tx, id, places, rest.fileOffset);
        leaf = { row: found.row, pieces: [] };
        end = found.end;
        leaves.push(leaf);
      }
      const fits: boolean = endOf(rest) <= end;
      leaf.pieces.push(fits ? rest : partOf(rest, rest.fileOffset, end));
      rest = fits ? undefined : partOf(rest, end, endOf(rest));
    }
  }
  return leaves;
}

/** The list that is for an offset, and where the next one's part of the file begins. */
function leafAt(
  tx: Transaction,
  id: Id,
  { extentTree }: ExtentPlaces,
  offset: number,
): { row: number | undefined; end: number } {
  if (extentTree.levels === 0) return { row: undefined, end: Number.POSITIVE_INFINITY };
  const rows = rowsFrom(tx, id, extentTree, offset);
  const row = rows.next().value as number;
  if (row > offset) return { row: undefined, end: row };
  const next = rows.next();
  return { row, end: next.done ? Number.POSITIVE_INFINITY : next.value };
}

/** Lists of at most EXTENTS_PER_ROW, as few and as even as can be. */
function cutEvenly(extents: readonly FileExtent[]): FileExtent[][] {
  const count = Math.ceil(extents.length / EXTENTS_PER_ROW);
  return Array.from({ length: count }, (_, index) =>
    extents.slice(Math.floor((index * extents.length) / count), Math.floor(((index + 1) * extents.length) / count)),
  );
}
