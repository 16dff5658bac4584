import { checkCount, checkDisplacement, exact } from './arguments.js';
import { repeatBounds } from './bounds.js';
import { checkDatatype, Datatype } from './datatype.js';
import { repeat } from './shape.js';

/** `count` copies side by side, each one extent after the one before. @throws TesseraError INVALID_ARGUMENT */
export function contiguous(count: number, type: Datatype): Datatype {
  const what = 'contiguous';
  checkCount(what, 'count', count);
  checkDatatype(what, 'type', type);
  return repeated(what, type, count, type.extent);
}

/**
 * `count` blocks of `blockLength` copies each; a block begins `stride` extents of `type` after the one before, which may
 * be below 0. @throws TesseraError INVALID_ARGUMENT
 */
export function vector(count: number, blockLength: number, stride: number, type: Datatype): Datatype {
  const what = 'vector';
  checkDisplacement(what, 'stride', stride);
  checkDatatype(what, 'type', type);
  return blocks(what, count, blockLength, exact(what, stride * type.extent), type);
}

/** As `vector`, with the stride in bytes. @throws TesseraError INVALID_ARGUMENT */
export function hvector(count: number, blockLength: number, strideBytes: number, type: Datatype): Datatype {
  const what = 'hvector';
  checkDisplacement(what, 'strideBytes', strideBytes);
  checkDatatype(what, 'type', type);
  return blocks(what, count, blockLength, strideBytes, type);
}

function blocks(what: string, count: number, blockLength: number, strideBytes: number, type: Datatype): Datatype {
  checkCount(what, 'count', count);
  checkCount(what, 'blockLength', blockLength);
  return repeated(what, repeated(what, type, blockLength, type.extent), count, strideBytes);
}

function repeated(what: string, type: Datatype, count: number, stride: number): Datatype {
  const shape = repeat(what, type.shape, count, stride);
  return new Datatype(what, shape, repeatBounds(what, type.bounds, count, stride));
}
