import Long from 'long';
import { TesseraError } from './errors.js';
import { splitUint64 } from './ids.js';

/*
 * The one place where protobuf's 64-bit fields meet JavaScript. protobufjs decodes them to Long, encodes a plain number
 * rightly only when it is a safe integer, and encodes a bigint silently as 0.
 */

/** A count, size or offset off the wire. @throws TesseraError INVALID_ARGUMENT above 2^53 − 1. */
export function toSafeNumber(value: number | Long | null | undefined): number {
  if (value === undefined || value === null) return 0;
  const number = typeof value === 'number' ? value : value.toNumber();
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new TesseraError('INVALID_ARGUMENT', `the number ${value.toString()} is outside 0..2^53-1`);
  }
  return number;
}

/** A full 64-bit value off the wire, such as a time in nanoseconds. */
export function toBigInt(value: number | Long | null | undefined): bigint {
  if (value === undefined || value === null) return 0n;
  if (typeof value === 'number') return BigInt(value);
  return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
}

/** A full 64-bit value for the wire. */
export function toLong(value: bigint): Long {
  const [low, high] = splitUint64(value);
  return new Long(low | 0, high | 0, true);
}
