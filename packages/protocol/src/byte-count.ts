import { TesseraError } from './errors.js';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['G', 1024 ** 3],
  ['M', 1024 ** 2],
  ['K', 1024],
]);

/** Bytes, or K, M, G of 1,024 each. @throws TesseraError INVALID_LAYOUT */
export function parseByteCount(name: string, text: string): number {
  const match = /^(\d+)([KMG]?)$/i.exec(text);
  const unit = UNITS.get(match?.[2]?.toUpperCase() ?? '') ?? 1;
  const bytes = Number(match?.[1]) * unit;
  if (!Number.isSafeInteger(bytes)) {
    throw new TesseraError(
      'INVALID_LAYOUT',
      `${name} is '${text}'; bytes up to 2^53 − 1 are expected, as 65536, 64K, 1M or 2G`,
    );
  }
  return bytes;
}

/** In the largest unit that says it exactly. */
export function formatByteCount(bytes: number): string {
  for (const [letter, unit] of UNITS) {
    if (bytes > 0 && bytes % unit === 0) return `${bytes / unit}${letter}`;
  }
  return `${bytes}`;
}
