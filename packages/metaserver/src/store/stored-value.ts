import { readUint64 } from '@tessera/protocol';
import { entryHash } from './digest.js';

/* A value as view and checkpoints keep it: its entry hash, then the value. */

export const HASH_BYTES = 8;

export interface CheckedValue {
  value: Uint8Array;
  hash: bigint;
}

/** Undefined when the hash is not that of the key and the value. */
export function checkStoredValue(key: Uint8Array, stored: Uint8Array): CheckedValue | undefined {
  if (stored.length < HASH_BYTES) return undefined;
  const value = stored.subarray(HASH_BYTES);
  const hash = storedHash(stored);
  return hash === entryHash(key, value) ? { value, hash } : undefined;
}

/** The hash that a stored value carries, unchecked. */
export function storedHash(stored: Uint8Array): bigint {
  return readUint64(stored, 0);
}
