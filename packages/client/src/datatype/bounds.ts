import { exact } from './arguments.js';

/**
 * Where a datatype begins and ends for those who put copies of it side by side. As in MPI, bounds set by `resized` are
 * markers: in a datatype made of several, marked bounds decide and the others don't.
 */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
  readonly marked: boolean;
}

/** Undefined are the bounds of what has neither bytes nor markers. */
export function repeatBounds(
  what: string,
  bounds: Bounds | undefined,
  count: number,
  stride: number,
): Bounds | undefined {
  if (bounds === undefined || count === 0) return undefined;
  const last = exact(what, (count - 1) * stride);
  return {
    lower: exact(what, Math.min(0, last) + bounds.lower),
    upper: exact(what, Math.max(0, last) + bounds.upper),
    marked: bounds.marked,
  };
}

export function shiftBounds(what: string, bounds: Bounds | undefined, by: number): Bounds | undefined {
  if (bounds === undefined) return undefined;
  return { lower: exact(what, bounds.lower + by), upper: exact(what, bounds.upper + by), marked: bounds.marked };
}

export function joinBounds(left: Bounds | undefined, right: Bounds | undefined): Bounds | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  if (left.marked !== right.marked) return left.marked ? left : right;
  return {
    lower: Math.min(left.lower, right.lower),
    upper: Math.max(left.upper, right.upper),
    marked: left.marked,
  };
}
