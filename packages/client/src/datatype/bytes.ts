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

/* Elements by their usual names. Only their lengths matter: bytes are moved as they are. */
export const int8: Datatype = bytes(1);
export const uint8: Datatype = bytes(1);
export const int16: Datatype = bytes(2);
export const uint16: Datatype = bytes(2);
export const int32: Datatype = bytes(4);
export const uint32: Datatype = bytes(4);
export const int64: Datatype = bytes(8);
export const uint64: Datatype = bytes(8);
export const float32: Datatype = bytes(4);
export const float64: Datatype = bytes(8);
