import { TesseraError } from '@tessera/client';

/** A parser for whole numbers within bounds, as option values. @throws TesseraError INVALID_ARGUMENT */
export function parseCount(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new TesseraError('INVALID_ARGUMENT', `'${text}' is no whole number from ${least} to ${most}`);
    }
    return value;
  };
}
