import { exact, refuse } from './arguments.js';

/* Which bytes a datatype has and in which order: a tree whose leaves are runs of bytes. Bounds are the datatype's. */

interface Measures {
  /** Bytes of data; never 0. */
  readonly size: number;
  /** Lowest byte, and the one after the highest. */
  readonly low: number;
  readonly high: number;
  /** No sum of offsets on the way to a byte is farther from 0, so a walk needs no checks. */
  readonly reach: number;
  readonly depth: number;
}

export interface Run extends Measures {
  readonly kind: 'run';
  readonly offset: number;
}

/** `count` ≥ 2 copies of `child`, the first at `base`, each `stride` after the one before. */
export interface Strided extends Measures {
  readonly kind: 'strided';
  readonly base: number;
  readonly count: number;
  readonly stride: number;
  readonly child: Shape;
}

/** Runs one after the other; no two neighbours touch in order. */
export interface Runs extends Measures {
  readonly kind: 'runs';
  readonly base: number;
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
  /** Bytes of data before each. */
  readonly starts: Float64Array;
}

/** Different shapes one after the other. */
export interface Sequence extends Measures {
  readonly kind: 'sequence';
  readonly base: number;
  readonly offsets: Float64Array;
  readonly shapes: readonly Shape[];
  /** Bytes of data before each. */
  readonly starts: Float64Array;
}

export type Shape = Run | Strided | Runs | Sequence;

/** Deeper nesting serves nobody, and walks by recursion must end. */
export const DATATYPE_DEPTH_MAX = 64;

export function run(what: string, offset: number, length: number): Run {
  const high = exact(what, offset + length);
  return {
    kind: 'run',
    offset,
    size: length,
    low: offset,
    high,
    reach: Math.max(Math.abs(offset), Math.abs(high)),
    depth: 1,
  };
}

/** Copies of a shape, `stride` apart; as simple as it can be said. Undefined is the shape without bytes. */
export function repeat(what: string, shape: Shape | undefined, count: number, stride: number): Shape | undefined {
  if (shape === undefined || count === 0) return undefined;
  if (count === 1) return shape;
  if (shape.kind === 'run' && stride === shape.size) {
    return run(what, shape.offset, exact(what, count * shape.size));
  }
  if (shape.kind === 'strided' && stride === shape.count * shape.stride) {
    return strided(what, shape.base, exact(what, count * shape.count), shape.stride, shape.child);
  }
  return strided(what, 0, count, stride, shape);
}

function strided(what: string, base: number, count: number, stride: number, child: Shape): Strided {
  const last = exact(what, (count - 1) * stride);
  return {
    kind: 'strided',
    base,
    count,
    stride,
    child,
    size: exact(what, count * child.size),
    low: exact(what, base + Math.min(0, last) + child.low),
    high: exact(what, base + Math.max(0, last) + child.high),
    reach: exact(what, Math.abs(base) + Math.abs(last) + child.reach),
    depth: nested(what, child.depth),
  };
}

export function shift(what: string, shape: Shape, by: number): Shape {
  if (shape.kind === 'run') return run(what, exact(what, shape.offset + by), shape.size);
  return {
    ...shape,
    base: exact(what, shape.base + by),
    low: exact(what, shape.low + by),
    high: exact(what, shape.high + by),
    reach: exact(what, shape.reach + Math.abs(by)),
  };
}

/** The shapes one after the other, each at its offset. */
export function sequence(what: string, offsets: readonly number[], shapes: readonly Shape[]): Shape | undefined {
  if (shapes.every((shape) => shape.kind === 'run')) {
    const starts = shapes.map((shape, index) => exact(what, (offsets[index] as number) + shape.offset));
    return runs(
      what,
      starts,
      shapes.map(({ size }) => size),
    );
  }
  if (shapes.length === 1) return shift(what, shapes[0] as Shape, offsets[0] as number);
  const starts = new Float64Array(shapes.length);
  let [size, low, high, reach, depth] = [0, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 0, 0];
  for (const [index, shape] of shapes.entries()) {
    const offset = offsets[index] as number;
    starts[index] = size;
    size = exact(what, size + shape.size);
    low = Math.min(low, exact(what, offset + shape.low));
    high = Math.max(high, exact(what, offset + shape.high));
    reach = Math.max(reach, exact(what, Math.abs(offset) + shape.reach));
    depth = Math.max(depth, shape.depth);
  }
  const placed = Float64Array.from(offsets);
  return {
    kind: 'sequence',
    base: 0,
    offsets: placed,
    shapes,
    starts,
    size,
    low,
    high,
    reach,
    depth: nested(what, depth),
  };
}

/** Runs one after the other; those of length 0 are left out, neighbours that touch become one. */
export function runs(what: string, offsets: ArrayLike<number>, lengths: ArrayLike<number>): Shape | undefined {
  const kept = { offsets: new Float64Array(offsets.length), lengths: new Float64Array(offsets.length) };
  const starts = new Float64Array(offsets.length);
  let [count, end, size, low, high] = [0, Number.NaN, 0, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER];
  for (let index = 0; index < offsets.length; index++) {
    const [offset, length] = [offsets[index] as number, lengths[index] as number];
    if (length === 0) continue;
    if (offset === end) {
      kept.lengths[count - 1] = (kept.lengths[count - 1] as number) + length;
    } else {
      kept.offsets[count] = offset;
      kept.lengths[count] = length;
      starts[count++] = size;
    }
    end = exact(what, offset + length);
    size = exact(what, size + length);
    low = Math.min(low, offset);
    high = Math.max(high, end);
  }
  if (count === 0) return undefined;
  if (count === 1) return run(what, low, size);
  return {
    kind: 'runs',
    base: 0,
    offsets: kept.offsets.slice(0, count),
    lengths: kept.lengths.slice(0, count),
    starts: starts.slice(0, count),
    size,
    low,
    high,
    reach: Math.max(Math.abs(low), Math.abs(high)),
    depth: 1,
  };
}

/** The part that holds byte `position` of the data. */
export function partAt(starts: Float64Array, position: number): number {
  let [below, above] = [0, starts.length];
  while (above - below > 1) {
    const middle = (below + above) >>> 1;
    if ((starts[middle] as number) <= position) below = middle;
    else above = middle;
  }
  return below;
}

function nested(what: string, depth: number): number {
  if (depth >= DATATYPE_DEPTH_MAX) {
    refuse(what, `datatypes are nested deeper than ${DATATYPE_DEPTH_MAX}; use indexed or struct with more entries`);
  }
  return depth + 1;
}
