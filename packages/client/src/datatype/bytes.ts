import { checkCount } from './arguments.js';
import { Datatype } from './datatype.js';
import { run } from './shape.js';

/**
 * `count` bytes in a row: what all other datatypes are made of. 0 is allowed and has no bytes.
 * @throws TesseraError INVALID_ARGUMENT
 */
export function bytes(count: number): Datatype {
  checkCount('bytes', 'count', count);
  if (count === 0) return new Datatype('bytes', undefined, undefined);
  return new Datatype('bytes', run('bytes', 0, count), { lower: 0, upper: count, marked: false });
}

/* Elements by their usual names. Only their lengths matter. */

/** Signed 8-bit integers: 1 byte, moved as they are. */
export const int8: Datatype = bytes(1);
/** Unsigned 8-bit integers: 1 byte, moved as they are. */
export const uint8: Datatype = bytes(1);
/** Signed 16-bit integers: 2 bytes, moved as they are. */
export const int16: Datatype = bytes(2);
/** Unsigned 16-bit integers: 2 bytes, moved as they are. */
export const uint16: Datatype = bytes(2);
/** Signed 32-bit integers: 4 bytes, moved as they are. */
export const int32: Datatype = bytes(4);
/** Unsigned 32-bit integers: 4 bytes, moved as they are. */
export const uint32: Datatype = bytes(4);
/** Signed 64-bit integers: 8 bytes, moved as they are. */
export const int64: Datatype = bytes(8);
/** Unsigned 64-bit integers: 8 bytes, moved as they are. */
export const uint64: Datatype = bytes(8);
/** 32-bit floating-point numbers: 4 bytes, moved as they are. */
export const float32: Datatype = bytes(4);
/** 64-bit floating-point numbers: 8 bytes, moved as they are. */
export const float64: Datatype = bytes(8);
