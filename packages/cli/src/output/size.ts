import { TesseraError } from '@tessera/client';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const FACTOR = 1024;
const PLAIN_BYTES = /^\d+$/;
const WITH_UNIT = /^(\d+(?:\.\d+)?)\s?([KMGTP]?)(iB|B)?$/i;

/** Bytes for people: three significant digits, powers of 1024. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (unit + 1 < UNITS.length && value >= FACTOR - 0.5) {
    value /= FACTOR;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Bytes a second for people, in powers of 1000 as networks and disks are sold. */
export function formatRate(bytes: number, seconds: number): string {
  return seconds > 0 ? `${(bytes / seconds / 1e6).toFixed(1)} MB/s` : '-';
}

/**
 * Reads `65536`, `64KiB`, `64K`, `1.5 MiB`. Units are powers of 1024; `KB` would be ambiguous and is refused.
 * @throws TesseraError INVALID_ARGUMENT
 */
export function parseSize(text: string): number {
  if (PLAIN_BYTES.test(text)) return checked(Number(text), text);
  const match = WITH_UNIT.exec(text);
  const prefix = match?.[2]?.toUpperCase() ?? '';
  if (match === null || (prefix !== '' && match[3]?.toLowerCase() === 'b')) throw refused(text);
  const exponent = prefix === '' ? 0 : ' KMGTP'.indexOf(prefix);
  return checked(Number(match[1]) * FACTOR ** exponent, text);
}

function checked(bytes: number, text: string): number {
  if (!Number.isSafeInteger(bytes)) throw refused(text);
  return bytes;
}

function refused(text: string): TesseraError {
  return new TesseraError(
    'INVALID_ARGUMENT',
    `'${text}' is no size in whole bytes: write for example 65536, 64KiB or 1MiB`,
  );
}
