import { blockCount, hash64, readUint32, readUint64, writeUint32, writeUint64 } from '@tessera/protocol';
import { descriptionBytes, type ShardDescription, type StripeDescription } from './description.js';
import { alignUp, RECORD_HEADER_BYTES_MAX, SECTOR_BYTES } from './limits.js';
import { readSafeInteger, readUint16, writeSafeInteger, writeUint16 } from './safe-integer.js';
import type { ShardKey } from './shard-key.js';

export const RecordKind = { PUT: 1, TOMBSTONE: 2, SEAL: 3 } as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

export interface RecordHeader extends ShardKey {
  kind: RecordKind;
  lsn: number;
  /** Where the record starts in its file. */
  offset: number;
  position: number;
  /** Era of the delete command; 0 unless a tombstone. */
  era: number;
  payloadBytes: number;
  description: StripeDescription;
}

/** 'TSLR' */
export const RECORD_MAGIC = 0x54534c52;
const RECORD_VERSION = 1;
const FIXED_BYTES = 56;
const CHECKSUM_BYTES = 8;

/** Length of a record's header without padding. */
export function recordHeaderBytes(description: StripeDescription): number {
  return FIXED_BYTES + descriptionBytes(description) + CHECKSUM_BYTES;
}

/** Where the payload starts, counted from the record's start. */
export function payloadOffset(headerBytes: number): number {
  return alignUp(headerBytes, SECTOR_BYTES);
}

/** Length of a record with all padding. */
export function recordBytes(headerBytes: number, payloadBytes: number): number {
  return payloadOffset(headerBytes) + alignUp(payloadBytes, SECTOR_BYTES);
}

/** The header with its padding. */
export function encodeRecordHeader(header: RecordHeader, nonce: bigint): Uint8Array {
  const { description } = header;
  const headerBytes = recordHeaderBytes(description);
  if (headerBytes > RECORD_HEADER_BYTES_MAX) throw new RangeError(`record header of ${headerBytes} bytes`);
  const bytes = new Uint8Array(payloadOffset(headerBytes));
  writeUint32(bytes, 0, RECORD_MAGIC);
  bytes[4] = RECORD_VERSION;
  bytes[5] = header.kind;
  writeUint32(bytes, 8, headerBytes);
  writeUint32(bytes, 12, header.payloadBytes);
  writeSafeInteger(bytes, 16, header.lsn);
  writeSafeInteger(bytes, 24, header.offset);
  writeUint32(bytes, 32, header.pg);
  writeUint16(bytes, 36, header.slot);
  writeUint16(bytes, 38, header.position);
  writeUint64(bytes, 40, header.stripe);
  writeUint32(bytes, 48, header.era);
  bytes[52] = description.dataCount;
  bytes[53] = description.parityCount;
  let at = FIXED_BYTES;
  for (const slot of description.slots) {
    writeUint32(bytes, at, slot.length);
    at += 4;
  }
  for (const slot of description.slots) {
    bytes.set(slot.blockChecksums, at);
    at += slot.blockChecksums.length;
  }
  writeUint64(bytes, at, hash64(bytes.subarray(0, at), nonce));
  return bytes;
}

/** Length of the header that seems to start here, without padding; undefined when none does. Nothing is verified yet. */
export function claimedHeaderBytes(bytes: Uint8Array): number | undefined {
  if (bytes.length < FIXED_BYTES + CHECKSUM_BYTES || readUint32(bytes, 0) !== RECORD_MAGIC) return undefined;
  const headerBytes = readUint32(bytes, 8);
  const plausible = headerBytes >= FIXED_BYTES + CHECKSUM_BYTES && headerBytes <= RECORD_HEADER_BYTES_MAX;
  return plausible ? headerBytes : undefined;
}

/**
 * The record header at the start of `bytes`, which lie at `offset` of the file with this nonce; undefined unless all of
 * it verifies. Block lists are views of `bytes`.
 */
export function decodeRecordHeader(bytes: Uint8Array, nonce: bigint, offset: number): RecordHeader | undefined {
  const headerBytes = claimedHeaderBytes(bytes);
  if (headerBytes === undefined || headerBytes > bytes.length) return undefined;
  const checksumAt = headerBytes - CHECKSUM_BYTES;
  if (hash64(bytes.subarray(0, checksumAt), nonce) !== readUint64(bytes, checksumAt)) return undefined;
  if (bytes[4] !== RECORD_VERSION || readSafeInteger(bytes, 24) !== offset) return undefined;
  const description = decodeDescription(bytes, checksumAt);
  if (description === undefined) return undefined;
  return {
    kind: bytes[5] as RecordKind,
    lsn: readSafeInteger(bytes, 16),
    offset,
    pg: readUint32(bytes, 32),
    slot: readUint16(bytes, 36),
    position: readUint16(bytes, 38),
    stripe: readUint64(bytes, 40),
    era: readUint32(bytes, 48),
    payloadBytes: readUint32(bytes, 12),
    description,
  };
}

function decodeDescription(bytes: Uint8Array, end: number): StripeDescription | undefined {
  const dataCount = bytes[52] as number;
  const parityCount = bytes[53] as number;
  const slots: ShardDescription[] = [];
  let at = FIXED_BYTES + 4 * (dataCount + parityCount);
  for (let slot = 0; slot < dataCount + parityCount; slot++) {
    const length = readUint32(bytes, FIXED_BYTES + 4 * slot);
    const listBytes = 8 * blockCount(length);
    if (at + listBytes > end) return undefined;
    slots.push({ length, blockChecksums: bytes.subarray(at, at + listBytes) });
    at += listBytes;
  }
  return at === end ? { dataCount, parityCount, slots } : undefined;
}
