import { partAt, type Shape } from './shape.js';
import { checkAccess, checkWithinFile, placeOf, type View } from './view.js';

/** All bytes from `start` to before `end`. */
export interface Span {
  /** First byte. */
  readonly start: number;
  /** Byte after the last. */
  readonly end: number;
}

/**
 * The lowest byte that bytes `position` to before `position + length` of the view's stream touch, and the byte after the
 * highest; empty, at the displacement, when `length` is 0. It takes the steps of a walk down, whatever the length (in
 * lists: of a walk over the entries).
 * @throws TesseraError INVALID_ARGUMENT when the access is none that a file can have
 */
export function spanOf(view: View, position: number, length: number): Span {
  checkAccess(view, position, length);
  const { shape, size } = view.type;
  if (shape === undefined || length === 0) return { start: view.displacement, end: view.displacement };
  const span = new Reach();
  const first = Math.floor(position / size);
  const last = Math.floor((position + length - 1) / size);
  const from = position - first * size;
  const to = position + length - last * size;
  const include = (copy: number, start: number, end: number) => within(shape, start, end, placeOf(view, copy), span);
  if (first === last) {
    include(first, from, to);
  } else {
    include(first, from, size);
    include(last, 0, to);
    // Copies in between are whole, and those at the ends of their row reach farthest.
    for (const copy of [first + 1, last - 1]) if (copy > first && copy < last) include(copy, 0, size);
  }
  checkWithinFile(span.start, span.end);
  return { start: span.start, end: span.end };
}

class Reach {
  start = Number.POSITIVE_INFINITY;
  end = Number.NEGATIVE_INFINITY;

  include(start: number, end: number): void {
    this.start = Math.min(this.start, start);
    this.end = Math.max(this.end, end);
  }
}

/** What bytes `from` to before `to` of a shape's data touch; `from` < `to`. */
function within(shape: Shape, from: number, to: number, origin: number, reach: Reach): void {
  if (from === 0 && to === shape.size) {
    reach.include(origin + shape.low, origin + shape.high);
  } else if (shape.kind === 'run') {
    reach.include(origin + shape.offset + from, origin + shape.offset + to);
  } else if (shape.kind === 'strided') {
    const { child, stride } = shape;
    const base = origin + shape.base;
    const first = Math.floor(from / child.size);
    const last = Math.floor((to - 1) / child.size);
    // As with copies of a view; each once, or the steps would double with every level.
    for (const index of new Set([first, Math.min(first + 1, last), Math.max(last - 1, first), last])) {
      const before = index * child.size;
      within(child, Math.max(0, from - before), Math.min(child.size, to - before), base + index * stride, reach);
    }
  } else {
    const { starts, offsets, base } = shape;
    for (let index = partAt(starts, from); index < starts.length; index++) {
      const before = starts[index] as number;
      if (before >= to) break;
      const at = origin + base + (offsets[index] as number);
      const start = Math.max(0, from - before);
      if (shape.kind === 'runs') {
        reach.include(at + start, at + Math.min(shape.lengths[index] as number, to - before));
      } else {
        const part = shape.shapes[index] as Shape;
        within(part, start, Math.min(part.size, to - before), at, reach);
      }
    }
  }
}
