import { FILE_BYTES_MAX } from '@tessera/protocol';
import { checkCount, refuse } from './arguments.js';
import type { ByteRange } from './flatten.js';
import { ShapeCursor } from './shape-cursor.js';
import { spanOf } from './span.js';
import { checkWithinFile, placeOf, type View } from './view.js';

/**
 * Walks over the stream of a view: which bytes of the file hold the next bytes of the stream. It can stop anywhere, go on
 * later and seek, and its memory does not grow with the number of ranges.
 */
export class ViewCursor {
  readonly #view: View;
  readonly #cursor: ShapeCursor | undefined;
  /** Copies join to one run without end. */
  readonly #seamless: boolean;
  #position = 0;
  #copy = 0;
  /** Where the current copy is placed. */
  #place: number;
  /** Bytes of the current run that are handed out already. */
  #used = 0;

  /** Stands on byte `position` of the stream. @throws TesseraError INVALID_ARGUMENT */
  constructor(view: View, position = 0) {
    const { shape, extent } = view.type;
    this.#view = view;
    this.#cursor = shape && new ShapeCursor(shape);
    this.#seamless = shape?.kind === 'run' && shape.size === extent;
    this.#place = view.displacement;
    this.seek(position);
  }

  /** Bytes of the stream before the next one. */
  get position(): number {
    return this.#position;
  }

  /** @throws TesseraError INVALID_ARGUMENT */
  seek(position: number): void {
    checkCount('view', 'position', position);
    if (this.#cursor === undefined) {
      if (position > 0) refuse('view', `position ${position} is asked for, but its datatype has no bytes`);
      return;
    }
    const { size } = this.#view.type;
    const copy = Math.floor(position / size);
    this.#copy = copy;
    this.#place = placeOf(this.#view, copy);
    this.#cursor.seek(position - copy * size);
    this.#used = 0;
    this.#position = position;
  }

  /**
   * The longest range that holds the next bytes of the stream, but at most `lengthMax` (≥ 1) of them, and moves past it.
   * @throws TesseraError INVALID_ARGUMENT when it lies outside of what a file can have
   */
  next(lengthMax: number): ByteRange {
    checkCount('view', 'lengthMax', lengthMax);
    const cursor = this.#cursor;
    if (lengthMax === 0 || cursor === undefined) {
      refuse('view', lengthMax === 0 ? 'lengthMax is 0; ask for at least 1 byte' : 'its datatype has no bytes');
    }
    if (!this.#seamless && cursor.length === this.#used) this.#advance(cursor);
    const offset = this.#place + cursor.offset + this.#used;
    checkWithinFile(offset, offset + 1);
    const length = this.#take(cursor, offset, Math.min(lengthMax, FILE_BYTES_MAX - offset));
    this.#position += length;
    return { offset, length };
  }

  /** How many bytes follow each other from `offset` on. */
  #take(cursor: ShapeCursor, offset: number, lengthMax: number): number {
    if (this.#seamless) {
      this.#used += lengthMax;
      return lengthMax;
    }
    let length = 0;
    for (;;) {
      const taken = Math.min(lengthMax - length, cursor.length - this.#used);
      this.#used += taken;
      length += taken;
      if (length === lengthMax) return length;
      this.#advance(cursor);
      if (this.#place + cursor.offset !== offset + length) return length;
    }
  }

  #advance(cursor: ShapeCursor): void {
    this.#used = 0;
    if (cursor.next()) return;
    this.#place = placeOf(this.#view, ++this.#copy);
    cursor.seek(0);
  }
}

/**
 * Which bytes of the file hold bytes `position` to before `position + length` of the view's stream, in the stream's
 * order; ranges that touch in that order are one. The whole access is checked at once, the ranges are made as they are
 * asked for. @throws TesseraError INVALID_ARGUMENT when the access is none that a file can have
 */
export function viewRanges(view: View, position: number, length: number): IterableIterator<ByteRange> {
  spanOf(view, position, length);
  return walk(view, position, length);
}

function* walk(view: View, position: number, length: number): Generator<ByteRange, void, undefined> {
  if (length === 0) return;
  const cursor = new ViewCursor(view, position);
  for (let left = length; left > 0; ) {
    const range = cursor.next(left);
    left -= range.length;
    yield range;
  }
}
