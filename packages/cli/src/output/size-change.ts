import { TesseraError } from '@tessera/client';
import { parseSize } from './size.js';

/** From the length that a file has to the one it gets; `isRelative` when that depends on it. */
export interface SizeChange {
  readonly isRelative: boolean;
  readonly from: (bytes: number) => number;
}

const CHANGES: Readonly<Record<string, (size: number) => (bytes: number) => number>> = {
  '+': (size) => (bytes) => bytes + size,
  '-': (size) => (bytes) => Math.max(0, bytes - size),
  '<': (size) => (bytes) => Math.min(bytes, size),
  '>': (size) => (bytes) => Math.max(bytes, size),
  '/': (size) => (bytes) => Math.floor(bytes / size) * size,
  '%': (size) => (bytes) => Math.ceil(bytes / size) * size,
};

/**
 * Reads a size with a sign in front as coreutils' truncate does: `+` more, `-` less, `<` at most, `>` at least, `/` and
 * `%` down and up to a multiple. @throws TesseraError INVALID_ARGUMENT
 */
export function parseSizeChange(text: string): SizeChange {
  const sign = text.charAt(0);
  const change = CHANGES[sign];
  if (change === undefined) {
    const size = parseSize(text);
    return { isRelative: false, from: () => size };
  }
  const size = parseSize(text.slice(1));
  if (size === 0 && (sign === '/' || sign === '%')) {
    throw new TesseraError('INVALID_ARGUMENT', `'${text}' is no size: there are no multiples of 0`);
  }
  return { isRelative: true, from: change(size) };
}
