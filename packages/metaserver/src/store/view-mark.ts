import { type Disk, DiskError, readWholeFile, replaceFile } from '@tessera/env';
import { hash64 } from '@tessera/protocol';
import { CHAIN_BYTES } from './journal-position.js';

const FILE_NAME = 'view.mark';
const MAGIC = 0x54564d4b; // 'TVMK'
const VERSION = 1;
const MARK_BYTES = 56;

/** In the order of their numbers in the file. */
const STATES = ['dirty', 'clean', 'damaged'] as const;

/** Whether the view was closed in order, and a place that the journal is known to have reached. */
export interface ViewMark {
  /** `dirty`: in use, or not stopped in order. `damaged`: found to differ from the journal. */
  state: (typeof STATES)[number];
  lsn: number;
  chain: Uint8Array;
}

/** Undefined for a store that never started; 'unreadable' when the mark itself is damaged. */
export async function readViewMark(disk: Disk, directory: string): Promise<ViewMark | 'unreadable' | undefined> {
  let bytes: Buffer;
  try {
    bytes = Buffer.from(await readWholeFile(disk, `${directory}/${FILE_NAME}`, MARK_BYTES));
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    if (error.code === 'NOT_FOUND') return undefined;
    return 'unreadable';
  }
  if (bytes.length !== MARK_BYTES || bytes.readUInt32BE(0) !== MAGIC || bytes.readUInt16BE(4) !== VERSION) {
    return 'unreadable';
  }
  if (bytes.readBigUInt64BE(48) !== hash64(bytes.subarray(0, 48))) return 'unreadable';
  const state = STATES[bytes.readUInt16BE(6)];
  if (state === undefined) return 'unreadable';
  return {
    state,
    lsn: Number(bytes.readBigUInt64BE(8)),
    chain: new Uint8Array(bytes.subarray(16, 16 + CHAIN_BYTES)),
  };
}

/** Durable when it resolves. */
export async function writeViewMark(disk: Disk, directory: string, mark: ViewMark): Promise<void> {
  const bytes = Buffer.alloc(MARK_BYTES);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt16BE(VERSION, 4);
  bytes.writeUInt16BE(STATES.indexOf(mark.state), 6);
  bytes.writeBigUInt64BE(BigInt(mark.lsn), 8);
  bytes.set(mark.chain, 16);
  bytes.writeBigUInt64BE(hash64(bytes.subarray(0, 48)), 48);
  await replaceFile(disk, directory, FILE_NAME, bytes);
}
