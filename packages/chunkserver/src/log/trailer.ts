import { hash64, readUint32, readUint64, writeUint32, writeUint64 } from '@tessera/protocol';
import { LOG_FORMAT_VERSION, TRAILER_BYTES } from './limits.js';
import { readSafeInteger, readUint16, writeSafeInteger, writeUint16 } from './safe-integer.js';

/** The last sector of a sealed file: where its seal record starts. */
export interface Trailer {
  sealOffset: number;
  sealLsn: number;
  file: number;
  entries: number;
}

/** 'TSLE' */
const MAGIC = 0x54534c45;
const CHECKSUM_OFFSET = 32;

export function encodeTrailer(trailer: Trailer, nonce: bigint): Uint8Array {
  const bytes = new Uint8Array(TRAILER_BYTES);
  writeUint32(bytes, 0, MAGIC);
  writeUint16(bytes, 4, LOG_FORMAT_VERSION);
  writeSafeInteger(bytes, 8, trailer.sealOffset);
  writeSafeInteger(bytes, 16, trailer.sealLsn);
  writeUint32(bytes, 24, trailer.file);
  writeUint32(bytes, 28, trailer.entries);
  writeUint64(bytes, CHECKSUM_OFFSET, hash64(bytes.subarray(0, CHECKSUM_OFFSET), nonce));
  return bytes;
}

export function decodeTrailer(bytes: Uint8Array, nonce: bigint): Trailer | undefined {
  if (bytes.length < TRAILER_BYTES || readUint32(bytes, 0) !== MAGIC) return undefined;
  if (readUint16(bytes, 4) !== LOG_FORMAT_VERSION) return undefined;
  if (hash64(bytes.subarray(0, CHECKSUM_OFFSET), nonce) !== readUint64(bytes, CHECKSUM_OFFSET)) return undefined;
  return {
    sealOffset: readSafeInteger(bytes, 8),
    sealLsn: readSafeInteger(bytes, 16),
    file: readUint32(bytes, 24),
    entries: readUint32(bytes, 28),
  };
}
