import { hash64 } from '@tessera/protocol';
import { Digests } from './digest.js';
import type { FormatFault } from './journal-format.js';
import { CHAIN_BYTES, type JournalPosition } from './journal-position.js';
import { CHECKPOINT_BLOCK_BYTES_MAX } from './limits.js';

/* The bytes of a checkpoint, as docs/internals/journal.md gives them. */

const VERSION = 1;
const MAGIC = 0x54434b50; // 'TCKP'
const FIXED_BYTES = 72;
const DIGEST_BYTES = 9;
const TABLES_MAX = 256;
export const CHECKPOINT_HEADER_BYTES_MAX = FIXED_BYTES + TABLES_MAX * DIGEST_BYTES + 8;
export const BLOCK_HEADER_BYTES = 32;

export interface CheckpointHeader {
  position: JournalPosition;
  digests: Digests;
  nonce: bigint;
}

export interface BlockHeader {
  payloadBytes: number;
  entries: number;
  index: number;
  payloadSum: bigint;
}

export const checkpointFileName = (lsn: number) => `${lsn.toString(16).padStart(16, '0')}.ckpt`;

const FILE_NAME = /^([0-9a-f]{16})\.ckpt$/;

/** The checkpoint's lsn; undefined for names that are not a checkpoint's. */
export function parseCheckpointFileName(name: string): number | undefined {
  const match = FILE_NAME.exec(name);
  return match === null ? undefined : Number.parseInt(match[1] as string, 16);
}

export function encodeCheckpointHeader({ position, digests, nonce }: CheckpointHeader): Buffer {
  const sums = digests.entries();
  const bytes = Buffer.alloc(FIXED_BYTES + sums.length * DIGEST_BYTES + 8);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt16BE(VERSION, 4);
  bytes.writeUInt32BE(bytes.length, 8);
  bytes.writeUInt32BE(position.era, 12);
  bytes.writeBigUInt64BE(BigInt(position.lsn), 16);
  bytes.set(position.chain, 24);
  bytes.writeBigUInt64BE(position.timeNs, 56);
  bytes.writeBigUInt64BE(nonce, 64);
  let at = FIXED_BYTES;
  for (const [table, sum] of sums) {
    bytes[at] = table;
    at = bytes.writeBigUInt64BE(sum, at + 1);
  }
  bytes.writeBigUInt64BE(hash64(bytes.subarray(0, at)), at);
  return bytes;
}

/** `bytes` begins with the header; more may follow. */
export function decodeCheckpointHeader(bytes: Buffer): (CheckpointHeader & { headerBytes: number }) | FormatFault {
  if (bytes.readUInt32BE(0) !== MAGIC) return { expected: 'a checkpoint header (magic TCKP)', newer: false };
  const headerBytes = bytes.readUInt32BE(8);
  const tables = (headerBytes - FIXED_BYTES - 8) / DIGEST_BYTES;
  if (!Number.isInteger(tables) || tables < 0 || tables > TABLES_MAX || headerBytes > bytes.length) {
    return { expected: 'a checkpoint header of a right length', newer: false };
  }
  const sumAt = headerBytes - 8;
  if (bytes.readBigUInt64BE(sumAt) !== hash64(bytes.subarray(0, sumAt))) {
    return { expected: 'a checkpoint header with a right checksum', newer: false };
  }
  const version = bytes.readUInt16BE(4);
  if (version !== VERSION) return { expected: `format version ${VERSION}, not ${version}`, newer: true };
  const digests = new Digests();
  for (let at = FIXED_BYTES; at < sumAt; at += DIGEST_BYTES) {
    digests.set(bytes[at] as number, bytes.readBigUInt64BE(at + 1));
  }
  const position = {
    era: bytes.readUInt32BE(12),
    lsn: Number(bytes.readBigUInt64BE(16)),
    chain: new Uint8Array(bytes.subarray(24, 24 + CHAIN_BYTES)),
    timeNs: bytes.readBigUInt64BE(56),
  };
  return { position, digests, nonce: bytes.readBigUInt64BE(64), headerBytes };
}

/** The seed of a block's checksums: no other block, of this file or another, has the same. */
function blockSeed(nonce: bigint, index: number): bigint {
  return BigInt.asUintN(64, nonce + BigInt(index));
}

export function encodeBlockHeader(payload: Uint8Array, entries: number, index: number, nonce: bigint): Buffer {
  const seed = blockSeed(nonce, index);
  const bytes = Buffer.alloc(BLOCK_HEADER_BYTES);
  bytes.writeUInt32BE(payload.length, 0);
  bytes.writeUInt32BE(entries, 4);
  bytes.writeBigUInt64BE(BigInt(index), 8);
  bytes.writeBigUInt64BE(hash64(payload, seed), 16);
  bytes.writeBigUInt64BE(hash64(bytes.subarray(0, 24), seed), 24);
  return bytes;
}

export function decodeBlockHeader(bytes: Buffer, index: number, nonce: bigint): BlockHeader | FormatFault {
  const payloadBytes = bytes.readUInt32BE(0);
  const right =
    bytes.readBigUInt64BE(24) === hash64(bytes.subarray(0, 24), blockSeed(nonce, index)) &&
    bytes.readBigUInt64BE(8) === BigInt(index) &&
    payloadBytes <= CHECKPOINT_BLOCK_BYTES_MAX;
  if (!right) return { expected: `the header of block ${index} with a right checksum`, newer: false };
  return { payloadBytes, entries: bytes.readUInt32BE(4), index, payloadSum: bytes.readBigUInt64BE(16) };
}

export function blockPayloadIsRight(header: BlockHeader, payload: Uint8Array, nonce: bigint): boolean {
  return hash64(payload, blockSeed(nonce, header.index)) === header.payloadSum;
}
