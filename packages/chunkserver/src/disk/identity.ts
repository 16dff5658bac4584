import {
  CLUSTER_ID_BYTES,
  DISK_ID_BYTES,
  hash64,
  RECEIPT_KEY_BYTES,
  readUint32,
  readUint64,
  TesseraError,
  writeUint32,
  writeUint64,
} from '@tessera/protocol';
import { readUint16, writeUint16 } from '../log/safe-integer.js';

/** Who this disk is. */
export interface Identity {
  diskId: Uint8Array;
  /** Undefined until the disk has joined a cluster. */
  clusterId: Uint8Array | undefined;
  /** Its number in the cluster; 0 until it has joined. */
  server: number;
  eraSeen: number;
  receiptKey: Uint8Array;
  /** Number of the newest log file in use; 0 while there is none. */
  newestFile: number;
  madeNs: bigint;
}

export const IDENTITY_BYTES = 8192;
const IDENTITY_VERSION = 1;
/** 'TSID' */
const MAGIC = 0x54534944;
const CHECKSUM_OFFSET = 96;
const COPY_OFFSETS = [0, 4096] as const;

export function encodeIdentity(identity: Identity): Uint8Array {
  const bytes = new Uint8Array(IDENTITY_BYTES);
  writeUint32(bytes, 0, MAGIC);
  writeUint16(bytes, 4, IDENTITY_VERSION);
  bytes.set(identity.diskId, 8);
  bytes.set(identity.clusterId ?? new Uint8Array(CLUSTER_ID_BYTES), 24);
  writeUint32(bytes, 40, identity.server);
  writeUint32(bytes, 44, identity.eraSeen);
  bytes.set(identity.receiptKey, 48);
  writeUint32(bytes, 80, identity.newestFile);
  writeUint64(bytes, 88, identity.madeNs);
  writeUint64(bytes, CHECKSUM_OFFSET, hash64(bytes.subarray(0, CHECKSUM_OFFSET)));
  bytes.copyWithin(COPY_OFFSETS[1], 0, CHECKSUM_OFFSET + 8);
  return bytes;
}

/**
 * The identity from its two copies, and where a damaged copy stands.
 * @throws TesseraError DISK_REFUSED when no copy is good or the format is newer.
 */
export function decodeIdentity(bytes: Uint8Array, path: string): { identity: Identity; damagedAt: number[] } {
  let identity: Identity | undefined;
  const damagedAt: number[] = [];
  for (const offset of COPY_OFFSETS) {
    const copy = decodeCopy(bytes.subarray(offset, offset + CHECKSUM_OFFSET + 8), path);
    if (copy === undefined) damagedAt.push(offset);
    identity ??= copy;
  }
  if (identity === undefined) {
    throw new TesseraError(
      'DISK_REFUSED',
      `${path} is damaged in both copies: restore it from a backup, or replace the disk and let its shards be rebuilt`,
    );
  }
  return { identity, damagedAt };
}

function decodeCopy(copy: Uint8Array, path: string): Identity | undefined {
  if (copy.length < CHECKSUM_OFFSET + 8 || readUint32(copy, 0) !== MAGIC) return undefined;
  if (hash64(copy.subarray(0, CHECKSUM_OFFSET)) !== readUint64(copy, CHECKSUM_OFFSET)) return undefined;
  const version = readUint16(copy, 4);
  if (version !== IDENTITY_VERSION) {
    throw new TesseraError(
      'DISK_REFUSED',
      `${path} has format ${version}; this program knows format ${IDENTITY_VERSION}: run the release that wrote it`,
    );
  }
  const clusterId = copy.slice(24, 24 + CLUSTER_ID_BYTES);
  return {
    diskId: copy.slice(8, 8 + DISK_ID_BYTES),
    clusterId: clusterId.some((byte) => byte !== 0) ? clusterId : undefined,
    server: readUint32(copy, 40),
    eraSeen: readUint32(copy, 44),
    receiptKey: copy.slice(48, 48 + RECEIPT_KEY_BYTES),
    newestFile: readUint32(copy, 80),
    madeNs: readUint64(copy, 88),
  };
}
