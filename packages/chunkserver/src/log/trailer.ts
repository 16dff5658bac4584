import { DISK_ID_BYTES, hash64, readUint32, readUint64, writeUint32, writeUint64 } from '@tessera/protocol';
import type { FileIdentity } from './file-header.js';
import { LOG_FORMAT_VERSION, TRAILER_BYTES } from './limits.js';
import { readSafeInteger, readUint16, writeSafeInteger, writeUint16 } from './safe-integer.js';

/** The last sector of a sealed file: where its seal record starts, and what its header says, should that be lost. */
export interface Trailer extends FileIdentity {
  sealOffset: number;
  sealLsn: number;
  entries: number;
}

/** 'TSLE' */
const MAGIC = 0x54534c45;
const CHECKSUM_OFFSET = 64;

export function encodeTrailer(trailer: Trailer): Uint8Array {
  const bytes = new Uint8Array(TRAILER_BYTES);
  writeUint32(bytes, 0, MAGIC);
  writeUint16(bytes, 4, LOG_FORMAT_VERSION);
  writeSafeInteger(bytes, 8, trailer.sealOffset);
  writeSafeInteger(bytes, 16, trailer.sealLsn);
  writeUint32(bytes, 24, trailer.file);
  writeUint32(bytes, 28, trailer.entries);
  bytes.set(trailer.diskId, 32);
  writeUint64(bytes, 48, trailer.nonce);
  writeSafeInteger(bytes, 56, trailer.firstLsn);
  writeUint64(bytes, CHECKSUM_OFFSET, hash64(bytes.subarray(0, CHECKSUM_OFFSET), trailer.nonce));
  return bytes;
}

/** Undefined unless it is one. That its file, disk and nonce are the expected ones is for the caller to check. */
export function decodeTrailer(bytes: Uint8Array): Trailer | undefined {
  if (bytes.length < TRAILER_BYTES || readUint32(bytes, 0) !== MAGIC) return undefined;
  if (readUint16(bytes, 4) !== LOG_FORMAT_VERSION) return undefined;
  const nonce = readUint64(bytes, 48);
  if (hash64(bytes.subarray(0, CHECKSUM_OFFSET), nonce) !== readUint64(bytes, CHECKSUM_OFFSET)) return undefined;
  return {
    sealOffset: readSafeInteger(bytes, 8),
    sealLsn: readSafeInteger(bytes, 16),
    file: readUint32(bytes, 24),
    entries: readUint32(bytes, 28),
    diskId: bytes.slice(32, 32 + DISK_ID_BYTES),
    nonce,
    firstLsn: readSafeInteger(bytes, 56),
  };
}
