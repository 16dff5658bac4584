import type { Id } from '@tessera/protocol';
import type { FileExtent } from '../../records/extent.js';

/* How extents lie over others: pure, on ascending lists of extents that do not overlap. */

/** By segment, how many more extents refer to it than before. */
export class ReferenceChanges {
  /** Extents that were covered or cut, each counted once. */
  replaced = 0;
  readonly #changes = new Map<Id, number>();

  add({ segment }: FileExtent, count: number): void {
    this.#changes.set(segment, (this.#changes.get(segment) ?? 0) + count);
  }

  replace(extent: FileExtent): void {
    this.replaced++;
    this.add(extent, -1);
  }

  /** Segments with their changes, those without any left out. */
  entries(): [Id, number][] {
    return [...this.#changes].filter(([, count]) => count !== 0);
  }
}

/** `over` laid on `under`: where both have bytes, those of `over` count. Neighbours in one segment become one extent. */
export function overlayExtents(
  under: readonly FileExtent[],
  over: readonly FileExtent[],
  changes: ReferenceChanges,
): FileExtent[] {
  const result: FileExtent[] = [];
  let index = 0;
  let next = under[0];
  let isCut = false;
  for (const piece of over) {
    const end = endOf(piece);
    while (next !== undefined && next.fileOffset < end) {
      if (endOf(next) <= piece.fileOffset) {
        append(result, next, changes);
      } else {
        if (isCut) changes.add(next, -1);
        else changes.replace(next);
        if (next.fileOffset < piece.fileOffset) {
          changes.add(next, 1);
          append(result, partOf(next, next.fileOffset, piece.fileOffset), changes);
        }
        if (endOf(next) > end) {
          changes.add(next, 1);
          next = partOf(next, end, endOf(next));
          isCut = true;
          break;
        }
      }
      next = under[++index];
      isCut = false;
    }
    changes.add(piece, 1);
    append(result, piece, changes);
  }
  if (next === undefined) return result;
  append(result, next, changes);
  for (const extent of under.slice(index + 1)) result.push(extent);
  return result;
}

/** What lies before `bytes`. */
export function cutExtents(
  extents: readonly FileExtent[],
  bytes: number,
  changes: ReferenceChanges,
): readonly FileExtent[] {
  const kept = extents.filter(({ fileOffset }) => fileOffset < bytes);
  for (const extent of extents.slice(kept.length)) changes.replace(extent);
  const last = kept.at(-1);
  if (last !== undefined && endOf(last) > bytes) kept[kept.length - 1] = partOf(last, last.fileOffset, bytes);
  return kept;
}

/** The part in [from, to) of the file. */
export function partOf(extent: FileExtent, from: number, to: number): FileExtent {
  const { fileOffset, segment, segmentOffset } = extent;
  return { fileOffset: from, length: to - from, segment, segmentOffset: segmentOffset + (from - fileOffset) };
}

export function endOf({ fileOffset, length }: FileExtent): number {
  return fileOffset + length;
}

/** Puts an extent after all others; where it goes on as the last one does, both become one. */
function append(extents: FileExtent[], extent: FileExtent, changes: ReferenceChanges): void {
  const last = extents.at(-1);
  const joins =
    last !== undefined &&
    last.segment === extent.segment &&
    endOf(last) === extent.fileOffset &&
    last.segmentOffset + last.length === extent.segmentOffset;
  if (!joins) {
    extents.push(extent);
    return;
  }
  changes.add(extent, -1);
  extents[extents.length - 1] = { ...last, length: last.length + extent.length };
}
