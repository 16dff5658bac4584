import { checkCount, checkDisplacement, exact } from './arguments.js';
import { checkDatatype, Datatype } from './datatype.js';

/**
 * The same bytes with other bounds: copies lie `extent` bytes apart, whether they then leave gaps or overlap.
 * @throws TesseraError INVALID_ARGUMENT
 */
export function resized(type: Datatype, lowerBound: number, extent: number): Datatype {
  const what = 'resized';
  checkDatatype(what, 'type', type);
  checkDisplacement(what, 'lowerBound', lowerBound);
  checkCount(what, 'extent', extent);
  const bounds = { lower: lowerBound + 0, upper: exact(what, lowerBound + extent), marked: true };
  return new Datatype(what, type.shape, bounds);
}
