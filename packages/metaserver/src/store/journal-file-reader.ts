import { hash64 } from '@tessera/protocol';
import type { FileWindow } from './file-window.js';
import {
  beginsLikeGroup,
  chainAfter,
  decodeFileHeaders,
  decodeGroupHeader,
  FILE_HEADER_BYTES,
  type FileHeader,
  type FormatFault,
  GROUP_HEADER_BYTES,
  groupBytes,
  JOURNAL_GROUPS_OFFSET,
} from './journal-format.js';
import type { JournalPosition } from './journal-position.js';
import { JOURNAL_BLOCK_BYTES } from './limits.js';

export interface JournalGroup {
  firstLsn: number;
  /** After the group. */
  position: JournalPosition;
  payload: Buffer;
  bytes: number;
}

/** Where the good groups of a file end, and what lies behind them. */
export interface FileEnd {
  offset: number;
  /** What should have been at `offset`; undefined when there are only zeros from there on. */
  fault: FormatFault | undefined;
  /** Offset of a group header that is valid by itself, though what is before it is not. */
  laterGroupAt: number | undefined;
}

const ZERO_BLOCK = Buffer.alloc(JOURNAL_BLOCK_BYTES);

/** Reads one journal file group by group. `next` is called until it returns a FileEnd. */
export class JournalFileReader {
  readonly header: FileHeader;
  /** Damage that touches no data, each with its offset. */
  readonly notes: string[] = [];
  readonly #window: FileWindow;
  #offset = JOURNAL_GROUPS_OFFSET;

  private constructor(window: FileWindow, header: FileHeader) {
    this.#window = window;
    this.header = header;
  }

  static async open(window: FileWindow): Promise<JournalFileReader | FormatFault> {
    const blocks = await window.at(0, JOURNAL_GROUPS_OFFSET);
    const notes: string[] = [];
    const header = decodeFileHeaders(blocks, (damage) => notes.push(damage));
    if ('expected' in header) return header;
    const reader = new JournalFileReader(window, header);
    reader.notes.push(...notes);
    for (let at = 0; at < JOURNAL_GROUPS_OFFSET; at += JOURNAL_BLOCK_BYTES) {
      reader.#checkPadding(blocks.subarray(at, at + JOURNAL_BLOCK_BYTES), FILE_HEADER_BYTES, at);
    }
    return reader;
  }

  get offset(): number {
    return this.#offset;
  }

  /** The group after `position`, or where and how the file's good groups end. */
  async next(position: JournalPosition): Promise<JournalGroup | FileEnd> {
    const offset = this.#offset;
    if (offset >= this.#window.fileBytes) return { offset, fault: undefined, laterGroupAt: undefined };
    const block = await this.#window.at(offset, JOURNAL_BLOCK_BYTES);
    const header = decodeGroupHeader(block, this.header.nonce);
    if ('expected' in header) return this.#end(header);
    if (header.firstLsn !== position.lsn + 1 || header.lastLsn < header.firstLsn) {
      return this.#end({ expected: `a group that begins with lsn ${position.lsn + 1}`, newer: false });
    }
    if (header.era !== this.header.era || !header.previousChain.every((byte, at) => byte === position.chain[at])) {
      return this.#end({ expected: 'a group that continues the chain of the one before it', newer: false });
    }
    const bytes = groupBytes(header.payloadBytes);
    const group = await this.#window.at(offset, bytes);
    const payload = group.subarray(GROUP_HEADER_BYTES, GROUP_HEADER_BYTES + header.payloadBytes);
    if (hash64(payload, this.header.nonce) !== header.payloadSum) {
      return this.#end({
        expected: `a payload with a right checksum in the group of lsn ${header.firstLsn} to ${header.lastLsn}`,
        newer: false,
      });
    }
    this.#checkPadding(group, GROUP_HEADER_BYTES + header.payloadBytes, offset);
    this.#offset += bytes;
    const { era, lastLsn: lsn, timeNs } = header;
    const chain = chainAfter(group, payload);
    return { firstLsn: header.firstLsn, position: { era, lsn, chain, timeNs }, payload, bytes };
  }

  async #end(fault: FormatFault): Promise<FileEnd> {
    let zeros = true;
    let laterGroupAt: number | undefined;
    for (let at = this.#offset; at < this.#window.fileBytes; at += JOURNAL_BLOCK_BYTES) {
      const block = await this.#window.at(at, JOURNAL_BLOCK_BYTES);
      if (block.equals(ZERO_BLOCK)) continue;
      zeros = false;
      if (at === this.#offset || !beginsLikeGroup(block)) continue;
      if ('expected' in decodeGroupHeader(block, this.header.nonce)) continue;
      laterGroupAt = at;
      break;
    }
    return { offset: this.#offset, fault: zeros ? undefined : fault, laterGroupAt };
  }

  #checkPadding(bytes: Buffer, from: number, offset: number): void {
    const end = Math.ceil(from / JOURNAL_BLOCK_BYTES) * JOURNAL_BLOCK_BYTES;
    const padding = bytes.subarray(from, end);
    if (!padding.equals(ZERO_BLOCK.subarray(0, padding.length))) {
      this.notes.push(`padding at offset ${offset + from} is not zero: it holds no data`);
    }
  }
}
