import { readUint32, readUint64, writeUint32, writeUint64 } from '@tessera/protocol';
import { readSafeInteger, readUint16, writeSafeInteger, writeUint16 } from './safe-integer.js';
import type { ShardKey } from './shard-key.js';

/** DOUBTFUL: a put whose header reads well and whose payload does not. */
export const EntryKind = { PUT: 1, TOMBSTONE: 2, DOUBTFUL: 3 } as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

/** What footers and the index know of a record. */
export interface LogEntry extends ShardKey {
  kind: EntryKind;
  /** Found by a scan: perhaps never acknowledged, and not for certain durable. */
  recovered: boolean;
  lsn: number;
  /** Root of the shard; 0 for a tombstone. */
  root: bigint;
  /** Where the record starts in its file. */
  offset: number;
  /** Length of the record's header without padding. */
  headerBytes: number;
  payloadBytes: number;
  position: number;
  era: number;
}

/** An entry and the log file it is in. */
export interface LocatedEntry extends LogEntry {
  file: number;
}

export const ENTRY_BYTES = 56;
const FLAG_RECOVERED = 1;

export function encodeEntry(entry: LogEntry, target: Uint8Array, at: number): void {
  target.fill(0, at, at + ENTRY_BYTES);
  target[at] = entry.kind;
  target[at + 1] = entry.recovered ? FLAG_RECOVERED : 0;
  writeUint16(target, at + 2, entry.slot);
  writeUint32(target, at + 4, entry.pg);
  writeUint64(target, at + 8, entry.stripe);
  writeSafeInteger(target, at + 16, entry.lsn);
  writeUint64(target, at + 24, entry.root);
  writeSafeInteger(target, at + 32, entry.offset);
  writeUint32(target, at + 40, entry.headerBytes);
  writeUint32(target, at + 44, entry.payloadBytes);
  writeUint16(target, at + 48, entry.position);
  writeUint32(target, at + 52, entry.era);
}

export function decodeEntry(bytes: Uint8Array, at: number): LogEntry {
  return {
    kind: bytes[at] as EntryKind,
    recovered: ((bytes[at + 1] as number) & FLAG_RECOVERED) !== 0,
    slot: readUint16(bytes, at + 2),
    pg: readUint32(bytes, at + 4),
    stripe: readUint64(bytes, at + 8),
    lsn: readSafeInteger(bytes, at + 16),
    root: readUint64(bytes, at + 24),
    offset: readSafeInteger(bytes, at + 32),
    headerBytes: readUint32(bytes, at + 40),
    payloadBytes: readUint32(bytes, at + 44),
    position: readUint16(bytes, at + 48),
    era: readUint32(bytes, at + 52),
  };
}
