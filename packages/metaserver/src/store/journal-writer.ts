import type { Disk, DiskFile, Random } from '@tessera/env';
import { readUint64 } from '@tessera/protocol';
import { encodeFileHeaders, JOURNAL_GROUPS_OFFSET, journalFileName, sealGroup } from './journal-format.js';
import type { JournalPosition } from './journal-position.js';
import { JOURNAL_BLOCK_BYTES } from './limits.js';

export interface JournalWriterOptions {
  directory: string;
  fileBytesMax: number;
  fillBytes: number;
}

interface OpenFile {
  file: DiskFile;
  firstLsn: number;
  nonce: bigint;
  /** Where the next group goes. */
  end: number;
  /** Zeros (or groups) were written up to here. */
  filledTo: number;
}

/** Appends groups, one at a time. After an error it must not be used again: what is on the disk is then unknown. */
export class JournalWriter {
  readonly #disk: Disk;
  readonly #random: Random;
  readonly #options: JournalWriterOptions;
  readonly #era: number;
  readonly #zeros: Uint8Array;
  #position: JournalPosition;
  #open: OpenFile | undefined;
  #groupBytesWritten = 0;
  #groupsWritten = 0;

  /** Continues after `position` in a new file of the given era, made when the first group comes. */
  constructor(disk: Disk, random: Random, options: JournalWriterOptions, position: JournalPosition, era: number) {
    this.#disk = disk;
    this.#random = random;
    this.#options = options;
    this.#position = position;
    this.#era = era;
    this.#zeros = new Uint8Array(options.fillBytes);
  }

  /** After the newest durable group. */
  get position(): JournalPosition {
    return this.#position;
  }

  get groupsWritten(): number {
    return this.#groupsWritten;
  }

  /** Bytes of all groups appended. */
  get groupBytesWritten(): number {
    return this.#groupBytesWritten;
  }

  /**
   * Makes a group durable. `group` comes from allocateGroup, its payload in place; its first lsn is the position's + 1.
   * @throws DiskError
   */
  async append(group: Buffer, payloadBytes: number, lastLsn: number, timeNs: bigint): Promise<void> {
    const position = this.#position;
    const open = await this.#fileWithRoom(group.length);
    const header = {
      payloadBytes,
      era: this.#era,
      firstLsn: position.lsn + 1,
      lastLsn,
      timeNs,
      previousChain: position.chain,
    };
    const chain = sealGroup(group, header, open.nonce);
    this.#fill(open, open.end + group.length);
    open.file.writeSync([group], open.end);
    await open.file.sync();
    open.end += group.length;
    this.#groupBytesWritten += group.length;
    this.#groupsWritten++;
    this.#position = { era: this.#era, lsn: lastLsn, chain, timeNs };
  }

  async close(): Promise<void> {
    await this.#open?.file.close();
    this.#open = undefined;
  }

  async #fileWithRoom(bytes: number): Promise<OpenFile> {
    const open = this.#open;
    if (open === undefined) return this.#newFile();
    // A file that has no group yet takes one of any length.
    if (open.end + bytes <= this.#options.fileBytesMax || open.end === JOURNAL_GROUPS_OFFSET) return open;
    await open.file.close();
    return this.#newFile();
  }

  async #newFile(): Promise<OpenFile> {
    const { directory } = this.#options;
    const firstLsn = this.#position.lsn + 1;
    const nonce = readUint64(this.#random.fill(new Uint8Array(8)), 0);
    const header = encodeFileHeaders({ era: this.#era, firstLsn, chain: this.#position.chain, nonce });
    const name = journalFileName(firstLsn, this.#era);
    const file = await this.#disk.open(`${directory}/${name}.new`, 'create');
    const open = { file, firstLsn, nonce, end: header.length, filledTo: header.length };
    this.#open = open;
    file.writeSync([header], 0);
    this.#fill(open, header.length + JOURNAL_BLOCK_BYTES);
    await file.sync();
    await this.#disk.rename(`${directory}/${name}.new`, `${directory}/${name}`);
    await this.#disk.syncDirectory(directory);
    return open;
  }

  /** Keeps zeros ahead of what is written: a sync that need not grow the file costs about half. */
  #fill(open: OpenFile, to: number): void {
    while (open.filledTo < to) {
      open.file.writeSync([this.#zeros], open.filledTo);
      open.filledTo += this.#zeros.length;
    }
  }
}
