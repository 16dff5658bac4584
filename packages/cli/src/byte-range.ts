import { TesseraError } from '@tessera/client';
import { parseSize } from './output/size.js';

/** Some bytes of a file: [start, end), or its last ones. */
export type ByteRange = { start: number; end?: number } | { last: number };

/** Reads `0-499`, `500-`, `-500` as in HTTP: the last byte is part of it; units as in sizes. @throws TesseraError */
export function parseRange(text: string): ByteRange {
  const match = /^([^-]*)-([^-]*)$/.exec(text.trim());
  const [first, last] = [match?.[1]?.trim() ?? '', match?.[2]?.trim() ?? ''];
  if (match === null || (first === '' && last === '')) throw refused(text);
  if (first === '') return { last: parseSize(last) };
  const start = parseSize(first);
  if (last === '') return { start };
  const end = parseSize(last) + 1;
  if (end <= start) throw refused(text);
  return { start, end };
}

function refused(text: string): TesseraError {
  return new TesseraError(
    'INVALID_ARGUMENT',
    `'${text}' is no range: write FIRST-LAST (the last byte is part of it), FIRST- for all from there, or -COUNT for the last`,
  );
}
