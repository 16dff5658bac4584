import { checkCount, exact, refuse } from './arguments.js';
import { checkDatatype, Datatype } from './datatype.js';
import { repeat, shift } from './shape.js';

/** A box inside an array; one number each for every dimension, the slowest first. */
export interface Box {
  /** Elements of the whole array. */
  readonly sizes: readonly number[];
  /** Elements of the box. */
  readonly subsizes: readonly number[];
  /** Its first element. */
  readonly starts: readonly number[];
}

/**
 * A box of an array in C order (the last dimension is contiguous, as in a volume stored slice by slice, row by row). Its
 * bounds are the whole array's, so copies are the same box of consecutive arrays. @throws TesseraError INVALID_ARGUMENT
 */
export function subarray({ sizes, subsizes, starts }: Box, element: Datatype): Datatype {
  const what = 'subarray';
  checkDatatype(what, 'element', element);
  if (sizes.length === 0 || sizes.length !== subsizes.length || sizes.length !== starts.length) {
    const given = `${sizes.length}, ${subsizes.length} and ${starts.length}`;
    refuse(what, `sizes, subsizes and starts have ${given} dimensions; give the same number, at least 1`);
  }
  let shape = element.shape;
  let offset = 0;
  let stride = element.extent;
  for (let dimension = sizes.length - 1; dimension >= 0; dimension--) {
    const [size, subsize, start] = [sizes[dimension], subsizes[dimension], starts[dimension]] as [
      number,
      number,
      number,
    ];
    checkCount(what, `the size of dimension ${dimension}`, size);
    checkCount(what, `the subsize of dimension ${dimension}`, subsize);
    checkCount(what, `the start of dimension ${dimension}`, start);
    if (start + subsize > size) {
      refuse(what, `dimension ${dimension} has ${size} elements, but the box ends after ${start} + ${subsize}`);
    }
    shape = repeat(what, shape, subsize, stride);
    offset = exact(what, offset + start * stride);
    stride = exact(what, stride * size);
  }
  const whole = { lower: 0, upper: stride, marked: true };
  return new Datatype(what, shape && shift(what, shape, offset), whole);
}
