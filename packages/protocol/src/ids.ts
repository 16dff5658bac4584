import { TesseraError } from './errors.js';

/**
 * Inodes, segments, stripes, leases and sessions are u64 ids: era (24 bits) ‖ counter (40 bits), 8 big-endian bytes on
 * disk and wire. An era never repeats and its counter only grows, so no id is ever issued twice.
 */
export type Id = bigint;

export const ID_BYTES = 8;
/** No id. */
export const ID_NONE: Id = 0n;
/** The inode id of the root directory, fixed in every cluster. */
export const ROOT_INODE: Id = 1n;
export const ERA_MAX = 2 ** 24 - 1;
export const ID_COUNTER_MAX = 2 ** 40 - 1;

const COUNTER_BITS = 40n;

/** @throws TesseraError INTERNAL when era or counter is out of range: an exhausted era needs a restart. */
export function makeId(era: number, counter: number): Id {
  if (!(era >= 0 && era <= ERA_MAX && counter >= 0 && counter <= ID_COUNTER_MAX)) {
    throw new TesseraError('INTERNAL', `no id left: era ${era}, counter ${counter}`);
  }
  return (BigInt(era) << COUNTER_BITS) | BigInt(counter);
}

export function eraOf(id: Id): number {
  return Number(id >> COUNTER_BITS);
}

export function counterOf(id: Id): number {
  return Number(id & ((1n << COUNTER_BITS) - 1n));
}

/** 8 big-endian bytes. */
export function encodeId(id: Id): Uint8Array {
  const bytes = new Uint8Array(ID_BYTES);
  writeUint64(bytes, 0, id);
  return bytes;
}

/** The id in 8 big-endian bytes; empty bytes are ID_NONE. @throws TesseraError INVALID_ARGUMENT for other lengths. */
export function decodeId(bytes: Uint8Array | null | undefined): Id {
  if (bytes === undefined || bytes === null || bytes.length === 0) return ID_NONE;
  if (bytes.length !== ID_BYTES) {
    throw new TesseraError('INVALID_ARGUMENT', `an id has ${ID_BYTES} bytes, these are ${bytes.length}`);
  }
  return readUint64(bytes, 0);
}

/** 16 hexadecimal digits, as people see ids. */
export function formatId(id: Id): string {
  return id.toString(16).padStart(16, '0');
}

// Splitting a bigint through memory costs a fifth of shifting and masking it; ids are written for every key.
const scratch64 = new BigUint64Array(1);
const scratch32 = new Uint32Array(scratch64.buffer);
scratch64[0] = 1n;
const LOW_WORD = scratch32[0] === 1 ? 0 : 1;
const HIGH_WORD = 1 - LOW_WORD;

export function readUint64(bytes: Uint8Array, offset: number): bigint {
  scratch32[HIGH_WORD] = readUint32(bytes, offset);
  scratch32[LOW_WORD] = readUint32(bytes, offset + 4);
  return scratch64[0] as bigint;
}

export function writeUint64(bytes: Uint8Array, offset: number, value: bigint): void {
  scratch64[0] = value;
  writeUint32(bytes, offset, scratch32[HIGH_WORD] as number);
  writeUint32(bytes, offset + 4, scratch32[LOW_WORD] as number);
}

/** The low and the high 32 bits. */
export function splitUint64(value: bigint): [low: number, high: number] {
  scratch64[0] = value;
  return [scratch32[LOW_WORD] as number, scratch32[HIGH_WORD] as number];
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    (((bytes[offset] as number) << 24) |
      ((bytes[offset + 1] as number) << 16) |
      ((bytes[offset + 2] as number) << 8) |
      (bytes[offset + 3] as number)) >>>
    0
  );
}

export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}
