import { FILE_BYTES_MAX } from '@tessera/protocol';
import { checkCount, refuse } from './arguments.js';
import { checkDatatype, type Datatype } from './datatype.js';

/**
 * A datatype laid over a file or over memory: copies of it side by side, without end, the first placed at `displacement`
 * bytes from the start. The bytes that the copies have, one after the other, are the view's stream: byte k of the stream
 * is byte k mod size of copy ⌊k / size⌋.
 */
export interface View {
  /** What is repeated. */
  readonly type: Datatype;
  /** Where the first copy is placed, bytes. */
  readonly displacement: number;
}

/** @throws TesseraError INVALID_ARGUMENT */
export function view(type: Datatype, displacement = 0): View {
  checkDatatype('view', 'type', type);
  checkCount('view', 'displacement', displacement);
  return Object.freeze({ type, displacement });
}

/** Where copy `copy` of the view's datatype is placed; NaN when that is past the end of what a file can have. */
export function placeOf({ type, displacement }: View, copy: number): number {
  const steps = copy * type.extent;
  return Number.isSafeInteger(steps) && Number.isSafeInteger(displacement + steps) ? displacement + steps : Number.NaN;
}

/** Bytes outside what a file can have are refused, not wrapped or cut off; so is NaN. */
export function checkWithinFile(start: number, end: number): void {
  if (start < 0) {
    refuse(
      'view',
      `the access begins at ${start}, before the start; place the datatype higher, at displacement + ${-start}`,
    );
  }
  if (!(end <= FILE_BYTES_MAX)) refusePastEnd();
}

/** Streams have bytes only where datatypes do. */
export function checkAccess({ type }: View, position: number, length: number): void {
  checkCount('view', 'position', position);
  checkCount('view', 'length', length);
  if (!Number.isSafeInteger(position + length)) refusePastEnd();
  if (length > 0 && type.size === 0) refuse('view', `${length} bytes are asked for, but its datatype has no bytes`);
}

function refusePastEnd(): never {
  refuse(
    'view',
    `the access goes past byte ${FILE_BYTES_MAX} (2^53 − 1), the end of the longest file; access less, or lower`,
  );
}
