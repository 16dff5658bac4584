import {
  DISK_ID_BYTES,
  hash64,
  readUint32,
  readUint64,
  TesseraError,
  writeUint32,
  writeUint64,
} from '@tessera/protocol';
import { FILE_HEADER_BYTES, LOG_FORMAT_VERSION } from './limits.js';
import { readSafeInteger, readUint16, writeSafeInteger, writeUint16 } from './safe-integer.js';

/** Whose log file it is and how it is read: in its header, and again in the trailer. */
export interface FileIdentity {
  diskId: Uint8Array;
  file: number;
  /** Seeds the file's other checksums; a secret of this disk. */
  nonce: bigint;
  firstLsn: number;
}

/** What every log file begins with, in two copies. */
export interface FileHeader extends FileIdentity {
  madeNs: bigint;
}

/** 'TSLF' */
const MAGIC = 0x54534c46;
const CHECKSUM_OFFSET = 56;
const COPY_OFFSETS = [0, 4096] as const;

export function encodeFileHeader(header: FileHeader): Uint8Array {
  const bytes = new Uint8Array(FILE_HEADER_BYTES);
  writeUint32(bytes, 0, MAGIC);
  writeUint16(bytes, 4, LOG_FORMAT_VERSION);
  bytes.set(header.diskId, 8);
  writeUint32(bytes, 24, header.file);
  writeUint64(bytes, 32, header.nonce);
  writeSafeInteger(bytes, 40, header.firstLsn);
  writeUint64(bytes, 48, header.madeNs);
  writeUint64(bytes, CHECKSUM_OFFSET, hash64(bytes.subarray(0, CHECKSUM_OFFSET)));
  bytes.copyWithin(COPY_OFFSETS[1], 0, CHECKSUM_OFFSET + 8);
  return bytes;
}

export interface DecodedFileHeader {
  /** Undefined when no copy is good. */
  header: FileHeader | undefined;
  /** Offsets of copies that are damaged. */
  damagedAt: number[];
}

/** @throws TesseraError DISK_REFUSED when the format is newer than this program. */
export function decodeFileHeader(bytes: Uint8Array, path: string): DecodedFileHeader {
  let header: FileHeader | undefined;
  const damagedAt: number[] = [];
  for (const offset of COPY_OFFSETS) {
    const copy = decodeCopy(bytes.subarray(offset, offset + CHECKSUM_OFFSET + 8), path);
    if (copy === undefined) damagedAt.push(offset);
    header ??= copy;
  }
  return { header, damagedAt };
}

function decodeCopy(copy: Uint8Array, path: string): FileHeader | undefined {
  if (copy.length < CHECKSUM_OFFSET + 8 || readUint32(copy, 0) !== MAGIC) return undefined;
  if (hash64(copy.subarray(0, CHECKSUM_OFFSET)) !== readUint64(copy, CHECKSUM_OFFSET)) return undefined;
  const version = readUint16(copy, 4);
  if (version !== LOG_FORMAT_VERSION) {
    throw new TesseraError(
      'DISK_REFUSED',
      `${path} has log format ${version}; this program knows format ${LOG_FORMAT_VERSION}: run the release that wrote it`,
    );
  }
  return {
    diskId: copy.slice(8, 8 + DISK_ID_BYTES),
    file: readUint32(copy, 24),
    nonce: readUint64(copy, 32),
    firstLsn: readSafeInteger(copy, 40),
    madeNs: readUint64(copy, 48),
  };
}
