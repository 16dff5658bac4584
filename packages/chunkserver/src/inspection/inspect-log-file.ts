import type { DiskFile } from '@tessera/env';
import { EntryKind } from '../log/entry.js';
import { decodeFileHeader } from '../log/file-header.js';
import { payloadOffset } from '../log/record.js';
import { scanLogFile } from '../log/scan.js';
import { readTrailer } from '../log/seal.js';

/** A record of the shard log as a scan finds it. */
export interface InspectedRecord {
  pg: number;
  stripe: bigint;
  slot: number;
  position: number;
  /** `doubtful`: a put whose payload does not have the checksums that its header gives. */
  kind: 'put' | 'tombstone' | 'doubtful';
  root: bigint;
  /** Where the payload begins in the file. */
  payloadOffset: number;
  payloadBytes: number;
}

/**
 * Every put and tombstone in the bytes of a log file whose header or trailer is good, payloads verified, in the order of the file.
 * For looking at disks from outside; a chunkserver in service may know better what counts.
 */
export async function inspectLogFile(content: Uint8Array, path: string): Promise<InspectedRecord[]> {
  const { header } = decodeFileHeader(content, path);
  const file = inMemory(content, path);
  const identity = header ?? (await readTrailer(file));
  if (identity === undefined) return [];
  const { entries } = await scanLogFile(file, identity.nonce);
  return entries.map(({ pg, stripe, slot, position, kind, root, offset, headerBytes, payloadBytes }) => ({
    pg,
    stripe,
    slot,
    position,
    kind: kind === EntryKind.PUT ? 'put' : kind === EntryKind.TOMBSTONE ? 'tombstone' : 'doubtful',
    root,
    payloadOffset: offset + payloadOffset(headerBytes),
    payloadBytes,
  }));
}

function inMemory(content: Uint8Array, path: string): DiskFile {
  const readSync = (target: Uint8Array, position: number) => {
    const part = content.subarray(position, position + target.length);
    target.set(part);
    return part.length;
  };
  const refuse = () => {
    throw new TypeError(`${path} is open for inspection only`);
  };
  return {
    path,
    bytes: content.length,
    readSync,
    read: async (target, position) => readSync(target, position),
    writeSync: refuse,
    sync: refuse,
    truncate: refuse,
    close: async () => {},
  };
}
