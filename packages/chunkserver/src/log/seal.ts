import type { DiskFile } from '@tessera/env';
import { blockChecksums, firstBadBlock } from '@tessera/protocol';
import { ENTRY_BYTES } from './entry.js';
import type { FileIdentity } from './file-header.js';
import { decodeFooter, type Footer } from './footer.js';
import { alignUp, FILE_HEADER_BYTES, RECORD_HEADER_BYTES_MAX, SECTOR_BYTES, TRAILER_BYTES } from './limits.js';
import {
  decodeRecordHeader,
  encodeRecordHeader,
  payloadOffset,
  RecordKind,
  recordBytes,
  recordHeaderBytes,
} from './record.js';
import { decodeTrailer, encodeTrailer, type Trailer } from './trailer.js';

/** What ends a log file: the seal record, whose payload is the footer, and the trailer, as chunks to write in order. */
export function encodeSeal(
  footer: Footer,
  file: FileIdentity,
  place: { offset: number; lsn: number },
): { chunks: Uint8Array[]; bytes: number } {
  const payload = footer.encoded;
  const description = sealDescription(payload);
  const header = encodeRecordHeader(
    {
      kind: RecordKind.SEAL,
      lsn: place.lsn,
      offset: place.offset,
      pg: 0,
      stripe: 0n,
      slot: 0,
      position: 0,
      era: 0,
      payloadBytes: payload.length,
      description,
    },
    file.nonce,
  );
  const padding = new Uint8Array(alignUp(payload.length, SECTOR_BYTES) - payload.length);
  const { diskId, nonce, firstLsn } = file;
  const trailer = encodeTrailer({
    sealOffset: place.offset,
    sealLsn: place.lsn,
    file: file.file,
    entries: footer.count,
    diskId,
    nonce,
    firstLsn,
  });
  return { chunks: [header, payload, padding, trailer], bytes: sealBytes(footer.count) };
}

/** Bytes that a seal of so many entries takes, trailer included. */
export function sealBytes(entries: number): number {
  const length = entries * ENTRY_BYTES;
  const description = { dataCount: 1, parityCount: 0, slots: [{ length, blockChecksums: NO_BYTES }] };
  return recordBytes(recordHeaderBytes(description), length) + TRAILER_BYTES;
}

/** A seal found at the end of a file: all of it verified but the footer's entries. */
export interface Seal {
  lsn: number;
  entries: number;
  footerOffset: number;
  /** Block list of the footer. */
  checksums: Uint8Array;
}

/** What a log file ends with; undefined unless it is a trailer. @throws DiskError */
export async function readTrailer(handle: DiskFile): Promise<Trailer | undefined> {
  const at = handle.bytes - TRAILER_BYTES;
  if (at < FILE_HEADER_BYTES || at % SECTOR_BYTES !== 0) return undefined;
  return decodeTrailer(await readAt(handle, at, TRAILER_BYTES));
}

/** The seal of a file that ends in a good trailer and seal record; undefined: it must be scanned. @throws DiskError */
export async function readSeal(handle: DiskFile, file: number, nonce: bigint): Promise<Seal | undefined> {
  const trailer = await readTrailer(handle);
  if (trailer === undefined || trailer.file !== file || trailer.nonce !== nonce) return undefined;
  const { sealOffset, sealLsn, entries } = trailer;
  const end = handle.bytes - TRAILER_BYTES;
  if (sealOffset < FILE_HEADER_BYTES || sealOffset >= end) return undefined;
  const room = Math.min(RECORD_HEADER_BYTES_MAX, end - sealOffset);
  const header = decodeRecordHeader(await readAt(handle, sealOffset, room), nonce, sealOffset);
  if (header?.kind !== RecordKind.SEAL || header.lsn !== sealLsn) return undefined;
  const checksums = header.description.slots[0]?.blockChecksums;
  if (checksums === undefined || header.payloadBytes !== entries * ENTRY_BYTES) return undefined;
  const footerOffset = sealOffset + payloadOffset(recordHeaderBytes(header.description));
  return { lsn: sealLsn, entries, footerOffset, checksums };
}

/** The footer under a seal; undefined when it is damaged: then the file must be scanned. @throws DiskError */
export async function readFooter(handle: DiskFile, seal: Seal): Promise<Footer | undefined> {
  const payload = await readAt(handle, seal.footerOffset, seal.entries * ENTRY_BYTES);
  if (payload.length < seal.entries * ENTRY_BYTES) return undefined;
  return firstBadBlock(payload, seal.checksums, 0) === undefined ? decodeFooter(payload) : undefined;
}

async function readAt(handle: DiskFile, position: number, bytes: number): Promise<Uint8Array> {
  const target = new Uint8Array(bytes);
  return target.subarray(0, await handle.read(target, position));
}

const NO_BYTES = new Uint8Array(0);

function sealDescription(payload: Uint8Array) {
  return { dataCount: 1, parityCount: 0, slots: [{ length: payload.length, blockChecksums: blockChecksums(payload) }] };
}
