import { checkCount, exact, refuse } from './arguments.js';
import { checkDatatype, type Datatype } from './datatype.js';
import type { ByteRange } from './flatten.js';
import type { Shape } from './shape.js';
import { ShapeCursor } from './shape-cursor.js';
import { spanOf } from './span.js';
import type { View } from './view.js';
import { viewRanges } from './view-cursor.js';

/** Ranges whose order proves nothing are compared, up to so many: 16 MiB of memory, a fraction of a second. */
export const OVERLAP_RANGES_MAX = 1_048_576;

/**
 * Whether some byte is in `count` copies side by side of the datatype more than once. Reads may use such a datatype; in a
 * write it would be left open which of the bytes for one place stays.
 * @throws TesseraError INVALID_ARGUMENT when it cannot be told with OVERLAP_RANGES_MAX comparisons
 */
export function overlaps(type: Datatype, count = 1): boolean {
  checkDatatype('overlaps', 'type', type);
  checkCount('overlaps', 'count', count);
  const { shape, extent, size, trueExtent } = type;
  if (shape === undefined || count === 0) return false;
  if (isDisjoint(shape, count, extent)) return false;
  const width = trueExtent + exact('overlaps', (count - 1) * extent);
  return size * count > width || anyTwice(copies(shape, count, extent));
}

/**
 * Refuses a write of bytes `position` to before `position + length` of a view's stream that no file can have, or that
 * would write a byte twice. To be called before anything is written. `side` is for the message.
 * @throws TesseraError INVALID_ARGUMENT
 */
export function checkWritable(file: View, position: number, length: number, side = 'file'): void {
  const { start, end } = spanOf(file, position, length);
  const { shape, extent, size } = file.type;
  if (shape === undefined || length === 0) return;
  const copiesTouched = Math.floor((position + length - 1) / size) - Math.floor(position / size) + 1;
  if (isDisjoint(shape, copiesTouched, extent)) return;
  // More bytes than places: at least two meet.
  if (length > end - start || anyTwice(viewRanges(file, position, length))) {
    refuse(
      'write',
      `the ${side} datatype has some byte more than once, so what it would hold afterwards is open; ` +
        'write overlapping parts one after the other, or give resized a larger extent',
    );
  }
}

function* copies(shape: Shape, count: number, extent: number): Generator<ByteRange, void, undefined> {
  const cursor = new ShapeCursor(shape);
  for (let copy = 0; copy < count; copy++) {
    cursor.seek(0);
    do yield { offset: copy * extent + cursor.offset, length: cursor.length };
    while (cursor.next());
  }
}

/** Proves from the structure alone that no byte is there twice; false means only that this proof fails. */
function isDisjoint(shape: Shape, count: number, extent: number): boolean {
  return provenWidth(shape, [{ count, step: extent }]) !== undefined;
}

interface Loop {
  readonly count: number;
  readonly step: number;
}

/**
 * The width of what is proven to be disjoint. Copies of something disjoint are disjoint if each lies beyond the whole of
 * the one before. The order of nested repetitions does not change which bytes there are, so the smallest steps are taken
 * first: columns of a matrix, or what eight processes each take every eighth of, are proven without a list.
 */
function provenWidth(root: Shape, outer: readonly Loop[]): number | undefined {
  const loops = [...outer];
  let shape = root;
  for (; shape.kind === 'strided'; shape = shape.child) {
    loops.push({ count: shape.count, step: Math.abs(shape.stride) });
  }
  let width = leafWidth(shape);
  if (width === undefined) return undefined;
  for (const { count, step } of loops.sort((left, right) => left.step - right.step)) {
    if (count === 1) continue;
    if (step < width) return undefined;
    width += (count - 1) * step;
  }
  return width;
}

function leafWidth(shape: Exclude<Shape, { kind: 'strided' }>): number | undefined {
  if (shape.kind === 'run') return shape.size;
  const { offsets } = shape;
  let ends: Float64Array;
  let starts = offsets;
  if (shape.kind === 'runs') {
    ends = offsets.map((offset, index) => offset + (shape.lengths[index] as number));
  } else {
    const proven = new Set<Shape>();
    for (const part of shape.shapes) {
      if (!proven.has(part) && provenWidth(part, []) === undefined) return undefined;
      proven.add(part);
    }
    starts = offsets.map((offset, index) => offset + (shape.shapes[index] as Shape).low);
    ends = offsets.map((offset, index) => offset + (shape.shapes[index] as Shape).high);
  }
  return areDisjoint(starts.slice(), ends) ? shape.high - shape.low : undefined;
}

/** Compares ranges by themselves. */
function anyTwice(ranges: Iterable<ByteRange>): boolean {
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { offset, length } of ranges) {
    if (starts.length === OVERLAP_RANGES_MAX) {
      refuse(
        'write',
        `whether the datatype overlaps itself cannot be told from its structure, and it has more than ` +
          `${OVERLAP_RANGES_MAX} ranges; write it in parts, or describe it by blocks that do not interleave`,
      );
    }
    starts.push(offset);
    ends.push(offset + length);
  }
  return !areDisjoint(Float64Array.from(starts), Float64Array.from(ends));
}

/**
 * Whether ranges, given by their starts and ends (which are sorted in place, each for itself), have no byte in common: at
 * any byte as many have begun as have ended before, or one more.
 */
export function areDisjoint(starts: Float64Array, ends: Float64Array): boolean {
  starts.sort();
  ends.sort();
  for (let index = 1; index < starts.length; index++) {
    if ((ends[index - 1] as number) > (starts[index] as number)) return false;
  }
  return true;
}
