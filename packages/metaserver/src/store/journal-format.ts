import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { hash64 } from '@tessera/protocol';
import { CHAIN_BYTES } from './journal-position.js';
import { JOURNAL_BLOCK_BYTES, JOURNAL_GROUP_BYTES_MAX } from './limits.js';

/* The bytes of journal files, as docs/internals/journal.md gives them. */

export const JOURNAL_VERSION = 1;
const FILE_MAGIC = 0x544a4648; // 'TJFH'
export const FILE_HEADER_BYTES = 72;
/** Each copy of a file's header has a block of its own: a block that is lost takes one of them at most. */
const FILE_HEADER_COPIES = 2;
/** Where the first group of a file begins. */
export const JOURNAL_GROUPS_OFFSET = FILE_HEADER_COPIES * JOURNAL_BLOCK_BYTES;
const GROUP_MAGIC = 0x544a4752; // 'TJGR'
export const GROUP_HEADER_BYTES = 88;
/** The chain leaves out the two checksums: they depend on the file's nonce. */
const GROUP_CHAINED_BYTES = 72;

export interface FileHeader {
  era: number;
  firstLsn: number;
  /** Chain before the file's first group. */
  chain: Uint8Array;
  /** Seeds the checksums of the file's groups. */
  nonce: bigint;
}

export interface GroupHeader {
  payloadBytes: number;
  era: number;
  firstLsn: number;
  lastLsn: number;
  timeNs: bigint;
  previousChain: Uint8Array;
  payloadSum: bigint;
}

/** Why bytes are not what they should be. */
export interface FormatFault {
  expected: string;
  /** The bytes are good, but of a later format than this metaserver reads. */
  newer: boolean;
}

export const journalFileName = (firstLsn: number, era: number) =>
  `${firstLsn.toString(16).padStart(16, '0')}-${era.toString(16).padStart(6, '0')}.log`;

const FILE_NAME = /^([0-9a-f]{16})-([0-9a-f]{6})\.log$/;

/** Undefined for names that are not a journal file's. */
export function parseJournalFileName(name: string): { firstLsn: number; era: number } | undefined {
  const match = FILE_NAME.exec(name);
  if (match === null) return undefined;
  return { firstLsn: Number.parseInt(match[1] as string, 16), era: Number.parseInt(match[2] as string, 16) };
}

/** What a file begins with, up to its first group: the header's copies. */
export function encodeFileHeaders(header: FileHeader): Buffer {
  return Buffer.concat(new Array<Buffer>(FILE_HEADER_COPIES).fill(encodeFileHeader(header)));
}

function encodeFileHeader(header: FileHeader): Buffer {
  const block = Buffer.alloc(JOURNAL_BLOCK_BYTES);
  block.writeUInt32BE(FILE_MAGIC, 0);
  block.writeUInt16BE(JOURNAL_VERSION, 4);
  block.writeUInt16BE(FILE_HEADER_BYTES, 6);
  block.writeUInt32BE(header.era, 8);
  block.writeBigUInt64BE(BigInt(header.firstLsn), 16);
  block.set(header.chain, 24);
  block.writeBigUInt64BE(header.nonce, 56);
  block.writeBigUInt64BE(hash64(block.subarray(0, 64)), 64);
  return block;
}

/**
 * The header from the blocks before a file's first group: that of the first good copy. `note` hears of a bad one.
 * The fault is the first copy's, or of whichever is of a later format.
 */
export function decodeFileHeaders(blocks: Buffer, note: (damage: string) => void): FileHeader | FormatFault {
  let found: FileHeader | undefined;
  let fault: FormatFault | undefined;
  let damage = '';
  for (let at = 0; at < JOURNAL_GROUPS_OFFSET; at += JOURNAL_BLOCK_BYTES) {
    const header = decodeFileHeader(blocks.subarray(at, at + JOURNAL_BLOCK_BYTES));
    if (!('expected' in header)) {
      found ??= header;
      continue;
    }
    if (header.newer) return header;
    fault ??= header;
    damage = `the copy of the file header at offset ${at} is damaged: the other one is good`;
  }
  if (found === undefined) return fault as FormatFault;
  if (damage !== '') note(damage);
  return found;
}

function decodeFileHeader(block: Buffer): FileHeader | FormatFault {
  if (block.readUInt32BE(0) !== FILE_MAGIC) return fault('a journal file header (magic TJFH)');
  if (block.readBigUInt64BE(64) !== hash64(block.subarray(0, 64))) return fault('a file header with a right checksum');
  const version = block.readUInt16BE(4);
  if (version !== JOURNAL_VERSION || block.readUInt16BE(6) !== FILE_HEADER_BYTES) return newer(version);
  return {
    era: block.readUInt32BE(8),
    firstLsn: Number(block.readBigUInt64BE(16)),
    chain: new Uint8Array(block.subarray(24, 24 + CHAIN_BYTES)),
    nonce: block.readBigUInt64BE(56),
  };
}

/** Bytes that a group with this payload takes in the file. */
export function groupBytes(payloadBytes: number): number {
  return Math.ceil((GROUP_HEADER_BYTES + payloadBytes) / JOURNAL_BLOCK_BYTES) * JOURNAL_BLOCK_BYTES;
}

/** Room for a group: the payload goes to GROUP_HEADER_BYTES, the padding is zero already. */
export function allocateGroup(payloadBytes: number): Buffer {
  assert(groupBytes(payloadBytes) <= JOURNAL_GROUP_BYTES_MAX, `a group of ${payloadBytes} bytes could not be read`);
  const group = Buffer.allocUnsafeSlow(groupBytes(payloadBytes));
  group.fill(0, GROUP_HEADER_BYTES + payloadBytes);
  return group;
}

/** Writes the header before a payload that is in place. Returns the chain after the group. */
export function sealGroup(group: Buffer, header: Omit<GroupHeader, 'payloadSum'>, nonce: bigint): Uint8Array {
  const payload = group.subarray(GROUP_HEADER_BYTES, GROUP_HEADER_BYTES + header.payloadBytes);
  group.writeUInt32BE(GROUP_MAGIC, 0);
  group.writeUInt16BE(JOURNAL_VERSION, 4);
  group.writeUInt16BE(GROUP_HEADER_BYTES, 6);
  group.writeUInt32BE(header.payloadBytes, 8);
  group.writeUInt32BE(header.era, 12);
  group.writeBigUInt64BE(BigInt(header.firstLsn), 16);
  group.writeBigUInt64BE(BigInt(header.lastLsn), 24);
  group.writeBigUInt64BE(header.timeNs, 32);
  group.set(header.previousChain, 40);
  group.writeBigUInt64BE(hash64(payload, nonce), 72);
  group.writeBigUInt64BE(hash64(group.subarray(0, 80), nonce), 80);
  return chainAfter(group, payload);
}

/** `block` begins with the header's bytes. */
export function decodeGroupHeader(block: Buffer, nonce: bigint): GroupHeader | FormatFault {
  if (block.readUInt32BE(0) !== GROUP_MAGIC) return fault('a group header (magic TJGR)');
  if (block.readBigUInt64BE(80) !== hash64(block.subarray(0, 80), nonce)) {
    return fault('a group header with a right checksum');
  }
  const version = block.readUInt16BE(4);
  if (version !== JOURNAL_VERSION || block.readUInt16BE(6) !== GROUP_HEADER_BYTES) return newer(version);
  const payloadBytes = block.readUInt32BE(8);
  if (groupBytes(payloadBytes) > JOURNAL_GROUP_BYTES_MAX) return fault('a group of bounded length');
  return {
    payloadBytes,
    era: block.readUInt32BE(12),
    firstLsn: Number(block.readBigUInt64BE(16)),
    lastLsn: Number(block.readBigUInt64BE(24)),
    timeNs: block.readBigUInt64BE(32),
    previousChain: new Uint8Array(block.subarray(40, 40 + CHAIN_BYTES)),
    payloadSum: block.readBigUInt64BE(72),
  };
}

/** The chain after a group, from its header's bytes and its payload. */
export function chainAfter(header: Uint8Array, payload: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(header.subarray(0, GROUP_CHAINED_BYTES)).update(payload).digest());
}

/** Whether the bytes begin like a group's header; only then is its checksum worth computing. */
export function beginsLikeGroup(block: Buffer): boolean {
  return block.readUInt32BE(0) === GROUP_MAGIC;
}

function fault(expected: string): FormatFault {
  return { expected, newer: false };
}

function newer(version: number): FormatFault {
  return { expected: `format version ${JOURNAL_VERSION}, not ${version}`, newer: true };
}
