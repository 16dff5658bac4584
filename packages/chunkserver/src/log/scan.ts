import type { DiskFile } from '@tessera/env';
import { BLOCK_BYTES, hash64, readUint64, shardRoot } from '@tessera/protocol';
import { EntryKind, type LogEntry } from './entry.js';
import { alignUp, FILE_HEADER_BYTES, GROUP_BYTES, SECTOR_BYTES } from './limits.js';
import {
  claimedHeaderBytes,
  decodeRecordHeader,
  payloadOffset,
  type RecordHeader,
  RecordKind,
  recordBytes,
  recordHeaderBytes,
} from './record.js';
import { ScanWindow } from './scan-window.js';

export interface ScanResult {
  /** Every put and tombstone whose header is good, in the order of the file; those with a bad payload are doubtful. */
  entries: LogEntry[];
  /** First multiple of 4,096 behind everything that is not zero: where a seal may go. */
  end: number;
  /** Highest LSN of any good header; 0 when there is none. */
  lastLsn: number;
}

/** Looks for records at every sector of a log file and verifies them, payloads included. */
export async function scanLogFile(handle: DiskFile, nonce: bigint): Promise<ScanResult> {
  const window = new ScanWindow(handle);
  const entries: LogEntry[] = [];
  let dataEnd = FILE_HEADER_BYTES;
  let lastLsn = 0;
  for (let offset = FILE_HEADER_BYTES; offset < handle.bytes; ) {
    const header = await headerAt(window, offset, nonce);
    if (header === undefined) {
      if (!isZero(await window.read(offset, SECTOR_BYTES))) dataEnd = offset + SECTOR_BYTES;
      offset += SECTOR_BYTES;
      continue;
    }
    lastLsn = Math.max(lastLsn, header.lsn);
    const headerBytes = recordHeaderBytes(header.description);
    const good = await payloadIsGood(window, header, headerBytes);
    if (header.kind === RecordKind.PUT || header.kind === RecordKind.TOMBSTONE)
      entries.push(entryOf(header, headerBytes, good));
    // Behind a bad payload the next sector may hold a good record: the payload's place was taken by it.
    offset += good ? recordBytes(headerBytes, header.payloadBytes) : SECTOR_BYTES;
    dataEnd = Math.max(dataEnd, offset);
  }
  return { entries, end: alignUp(dataEnd, GROUP_BYTES), lastLsn };
}

async function headerAt(window: ScanWindow, offset: number, nonce: bigint): Promise<RecordHeader | undefined> {
  const claimed = claimedHeaderBytes(await window.read(offset, SECTOR_BYTES));
  if (claimed === undefined) return undefined;
  return decodeRecordHeader(Uint8Array.from(await window.read(offset, claimed)), nonce, offset);
}

/** Whether all blocks of the record's payload are there and have the checksums of its description. */
async function payloadIsGood(window: ScanWindow, header: RecordHeader, headerBytes: number): Promise<boolean> {
  if (header.kind === RecordKind.TOMBSTONE) return true;
  const shard = header.description.slots[header.slot];
  if (shard === undefined || shard.length !== header.payloadBytes) return false;
  const start = header.offset + payloadOffset(headerBytes);
  for (let at = 0; at < shard.length; at += BLOCK_BYTES) {
    const wanted = Math.min(BLOCK_BYTES, shard.length - at);
    const block = await window.read(start + at, wanted);
    if (block.length < wanted) return false;
    if (hash64(block) !== readUint64(shard.blockChecksums, (at / BLOCK_BYTES) * 8)) return false;
  }
  return true;
}

function entryOf(header: RecordHeader, headerBytes: number, good: boolean): LogEntry {
  const { pg, stripe, slot, lsn, offset, payloadBytes, position, era } = header;
  const where = { pg, stripe, slot, lsn, offset, headerBytes, payloadBytes, position, era, recovered: true };
  if (header.kind === RecordKind.TOMBSTONE) return { ...where, kind: EntryKind.TOMBSTONE, root: 0n };
  const shard = header.description.slots[slot];
  const root = shard === undefined ? 0n : shardRoot(shard.length, shard.blockChecksums);
  return { ...where, kind: good ? EntryKind.PUT : EntryKind.DOUBTFUL, root };
}

const ZERO_SECTOR = new Uint8Array(SECTOR_BYTES);

function isZero(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes, bytes.length === SECTOR_BYTES ? ZERO_SECTOR : new Uint8Array(bytes.length)) === 0;
}
