import { ownBytes } from '../own-bytes.js';
import type { AheadHolder, ReadBudget } from './read-budget.js';
import { type LocatedFile, type Piece, pieceEnd, type StripeRecord } from './resolved-file.js';

/** What one extent that is kept takes of memory, with its share of a stripe's record; an estimate. */
const EXTENT_MEMORY_BYTES = 512;

/** One answer, and the stretch of the file that it tells all about. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly file: LocatedFile;
}

/** Where the bytes of one version of a file lie, as far as the metaserver has told. Gives way when memory is wanted. */
export class ExtentMap implements AheadHolder {
  readonly #budget: Pick<ReadBudget, 'tryHold' | 'give' | 'leave'>;
  /** Ascending, apart, all of one version. */
  #stretches: Stretch[] = [];
  #heldBytes = 0;

  constructor(budget: Pick<ReadBudget, 'tryHold' | 'give' | 'leave'>) {
    this.#budget = budget;
  }

  /** Keeps what was told of [from, to), unless it is of an older version than what is here, or there is no room. */
  add(file: LocatedFile, from: number, to: number): void {
    const told = file.nextOffset > 0 ? Math.min(to, file.nextOffset) : to;
    if (told <= from) return;
    const [known] = this.#stretches;
    if (known !== undefined && known.file.contentVersion > file.contentVersion) return;
    if (known !== undefined && known.file.contentVersion < file.contentVersion) this.dropAhead();
    for (const stretch of this.#stretches) if (stretch.from < told && stretch.to > from) this.#give(stretch);
    this.#stretches = this.#stretches.filter((stretch) => stretch.from >= told || stretch.to <= from);
    if (!this.#budget.tryHold(memoryBytes(file), this)) return;
    this.#heldBytes += memoryBytes(file);
    this.#stretches.push({ from, to: told, file: ownCopy(file) });
    this.#stretches.sort((a, b) => a.from - b.from);
  }

  /** The file with all its pieces in [from, to), or as much of that as it has; undefined when not all of it is known. */
  covering(from: number, to: number): LocatedFile | undefined {
    const [some] = this.#stretches;
    if (some === undefined) return undefined;
    const end = Math.min(to, some.file.bytes);
    const pieces: Piece[] = [];
    let covered = from;
    for (let index = this.#firstBehind(from); covered < end; index++) {
      const stretch = this.#stretches[index];
      if (stretch === undefined || stretch.from > covered) return undefined;
      const until = Math.min(end, stretch.to);
      addPieces(pieces, stretch.file.pieces, covered, until);
      covered = until;
    }
    return { ...some.file, pieces, nextOffset: 0 };
  }

  /** Forgets everything. */
  dropAhead(): void {
    this.#budget.give(this.#heldBytes);
    this.#budget.leave(this);
    this.#heldBytes = 0;
    this.#stretches = [];
  }

  #give({ file }: Stretch): void {
    this.#heldBytes -= memoryBytes(file);
    this.#budget.give(memoryBytes(file));
  }

  /** Index of the first stretch that ends behind `offset`. */
  #firstBehind(offset: number): number {
    return lowest(this.#stretches.length, (index) => (this.#stretches[index] as Stretch).to > offset);
  }
}

/** What is kept must not keep the whole reply that it came in. */
function ownCopy(file: LocatedFile): LocatedFile {
  const { inode, bytes, contentVersion, isInline, head, nextOffset } = file;
  const copies = new Map<StripeRecord, StripeRecord>();
  const pieces = file.pieces.map((piece) => {
    const stripe = copies.get(piece.stripe) ?? { ...piece.stripe, stripe: ownBytes(piece.stripe.stripe) };
    copies.set(piece.stripe, stripe);
    return { ...piece, stripe };
  });
  return { inode, bytes, contentVersion, isInline, head: ownBytes(head), pieces, nextOffset };
}

function memoryBytes({ pieces, head }: LocatedFile): number {
  return EXTENT_MEMORY_BYTES * (pieces.length + 1) + head.length;
}

/** Adds those of `from` that lie in [start, end), unless the last one there is the same: it may reach over two stretches. */
function addPieces(pieces: Piece[], from: readonly Piece[], start: number, end: number): void {
  for (let index = lowest(from.length, (at) => pieceEnd(from[at] as Piece) > start); index < from.length; index++) {
    const piece = from[index] as Piece;
    if (piece.fileOffset >= end) return;
    if (pieces.at(-1)?.fileOffset !== piece.fileOffset) pieces.push(piece);
  }
}

/** The lowest index below `length` that fulfils what all above it do too; else `length`. */
function lowest(length: number, fulfils: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fulfils(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
