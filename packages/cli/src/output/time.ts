import { TesseraError } from '@tessera/client';

const NS_PER_MS = 1_000_000n;

/** Wall-clock nanoseconds as ISO 8601 in UTC, to the millisecond. */
export function formatTimeNs(timeNs: bigint): string {
  return new Date(Number(timeNs / NS_PER_MS)).toISOString();
}

/** A span of time for people. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Reads ISO 8601 with a zone, to the nanosecond, or plain ns since 1970. @throws TesseraError INVALID_ARGUMENT */
export function parseTimeNs(text: string): bigint {
  if (/^\d+$/.test(text)) return BigInt(text);
  const match = ISO_TIME.exec(text);
  const fraction = match?.[3]?.slice(1) ?? '';
  const timeMs = match === null ? Number.NaN : Date.parse(fraction === '' ? text : text.replace(`.${fraction}`, ''));
  if (Number.isNaN(timeMs)) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `'${text}' is no time: write 2026-11-22T08:00:00Z, 2026-11-22, or ns since 1970`,
    );
  }
  return BigInt(timeMs) * NS_PER_MS + BigInt(fraction.padEnd(9, '0'));
}
