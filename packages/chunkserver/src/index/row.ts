import { hash64, readUint32, readUint64, writeUint32, writeUint64 } from '@tessera/protocol';
import { decodeEntry, ENTRY_BYTES, encodeEntry, type LocatedEntry } from '../log/entry.js';
import { readSafeInteger, writeSafeInteger, writeUint16 } from '../log/safe-integer.js';
import { type ShardKey, sameShard } from '../log/shard-key.js';

/* Keys and values of the index (docs/internals/shard-log.md). */

const SHARD_PREFIX = 0x73;
const KEY_BYTES = 15;
const ROW_VERSION = 1;
const ROW_CHECKSUM_OFFSET = 5 + ENTRY_BYTES;
const TOTALS_VERSION = 1;
const TOTALS_CHECKSUM_OFFSET = 28;

export const TOTALS_KEY = Uint8Array.of(0x74);

export function encodeKey({ pg, stripe, slot }: ShardKey): Uint8Array {
  const key = new Uint8Array(KEY_BYTES);
  key[0] = SHARD_PREFIX;
  writeUint32(key, 1, pg);
  writeUint64(key, 5, stripe);
  writeUint16(key, 13, slot);
  return key;
}

export function encodeRow(entry: LocatedEntry): Uint8Array {
  const row = new Uint8Array(ROW_CHECKSUM_OFFSET + 8);
  row[0] = ROW_VERSION;
  writeUint32(row, 1, entry.file);
  encodeEntry(entry, row, 5);
  writeUint64(row, ROW_CHECKSUM_OFFSET, hash64(row.subarray(0, ROW_CHECKSUM_OFFSET)));
  return row;
}

/** The entry of this shard; 'damaged' when the row is not what was written for it. */
export function decodeRow(row: Uint8Array, key: ShardKey): LocatedEntry | 'damaged' {
  if (row.length !== ROW_CHECKSUM_OFFSET + 8 || row[0] !== ROW_VERSION) return 'damaged';
  if (hash64(row.subarray(0, ROW_CHECKSUM_OFFSET)) !== readUint64(row, ROW_CHECKSUM_OFFSET)) return 'damaged';
  const entry = decodeEntry(row, 5);
  return sameShard(entry, key) ? { ...entry, file: readUint32(row, 1) } : 'damaged';
}

/** What the index holds in all. */
export interface Totals {
  /** Rows of the log up to this LSN are in the index. */
  lsn: number;
  shards: number;
  payloadBytes: number;
}

export function encodeTotals(totals: Totals): Uint8Array {
  const bytes = new Uint8Array(TOTALS_CHECKSUM_OFFSET + 8);
  bytes[0] = TOTALS_VERSION;
  writeSafeInteger(bytes, 4, totals.lsn);
  writeSafeInteger(bytes, 12, totals.shards);
  writeSafeInteger(bytes, 20, totals.payloadBytes);
  writeUint64(bytes, TOTALS_CHECKSUM_OFFSET, hash64(bytes.subarray(0, TOTALS_CHECKSUM_OFFSET)));
  return bytes;
}

export function decodeTotals(bytes: Uint8Array | undefined): Totals | undefined {
  if (bytes?.length !== TOTALS_CHECKSUM_OFFSET + 8 || bytes[0] !== TOTALS_VERSION) return undefined;
  const checksum = hash64(bytes.subarray(0, TOTALS_CHECKSUM_OFFSET));
  if (checksum !== readUint64(bytes, TOTALS_CHECKSUM_OFFSET)) return undefined;
  return {
    lsn: readSafeInteger(bytes, 4),
    shards: readSafeInteger(bytes, 12),
    payloadBytes: readSafeInteger(bytes, 20),
  };
}
