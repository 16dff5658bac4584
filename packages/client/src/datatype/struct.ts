import { checkCount, checkDisplacement } from './arguments.js';
import { type Bounds, joinBounds, repeatBounds, shiftBounds } from './bounds.js';
import { checkDatatype, Datatype } from './datatype.js';
import { repeat, type Shape, sequence } from './shape.js';

/** Part of a struct. */
export interface Field {
  /** What lies there. */
  readonly type: Datatype;
  /** Where it begins, bytes. */
  readonly offset: number;
  /** Copies side by side; default 1. */
  readonly count?: number;
}

/**
 * Different datatypes, each at its place, in the order given. There is no padding but what the offsets say; `resized`
 * gives it any. @throws TesseraError INVALID_ARGUMENT
 */
export function struct(fields: readonly Field[]): Datatype {
  const what = 'struct';
  const shapes: Shape[] = [];
  const offsets: number[] = [];
  let bounds: Bounds | undefined;
  for (const [index, { type, offset, count = 1 }] of fields.entries()) {
    checkDatatype(what, `the type of field ${index}`, type);
    checkDisplacement(what, `the offset of field ${index}`, offset);
    checkCount(what, `the count of field ${index}`, count);
    const block = repeatBounds(what, type.bounds, count, type.extent);
    bounds = joinBounds(bounds, shiftBounds(what, block, offset));
    const shape = repeat(what, type.shape, count, type.extent);
    if (shape === undefined) continue;
    shapes.push(shape);
    offsets.push(offset);
  }
  return new Datatype(what, sequence(what, offsets, shapes), bounds);
}
