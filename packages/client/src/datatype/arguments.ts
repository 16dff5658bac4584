import { TesseraError } from '@tessera/protocol';

/* Numbers here are bytes or counts, exact up to 2^53 − 1, the longest file; what does not fit is refused, not rounded. */

export function refuse(what: string, why: string): never {
  throw new TesseraError('INVALID_ARGUMENT', `${what}: ${why}`);
}

export function checkCount(what: string, name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    refuse(what, `${name} is ${value}; a whole number from 0 to 2^53 − 1 is expected`);
  }
}

/** A displacement may be below 0: only where the datatype is placed decides what is before the start of the file. */
export function checkDisplacement(what: string, name: string, value: number): void {
  if (!Number.isSafeInteger(value)) {
    refuse(what, `${name} is ${value}; a whole number between −(2^53 − 1) and 2^53 − 1 is expected`);
  }
}

/** The result of adding or multiplying exact numbers, if it is exact itself. Rounding never brings one back into range. */
export function exact(what: string, value: number): number {
  if (!Number.isSafeInteger(value)) {
    refuse(what, 'bytes or offsets add up past 2^53 − 1, the longest file; use fewer blocks or smaller displacements');
  }
  return value + 0; // a product with 0 may be −0
}
