import type { DiskFile } from '@tessera/env';
import type { AppendRequest } from './append-request.js';
import { NO_DESCRIPTION } from './description.js';
import { EntryKind, type LocatedEntry } from './entry.js';
import type { FileIdentity } from './file-header.js';
import { Footer } from './footer.js';
import { AHEAD_BYTES, alignUp, FILE_HEADER_BYTES, FOOTER_ENTRIES_MAX, GROUP_BYTES, SECTOR_BYTES } from './limits.js';
import { encodeRecordHeader, payloadOffset, RecordKind, recordBytes, recordHeaderBytes } from './record.js';
import { encodeSeal, sealBytes } from './seal.js';

const EMPTY = new Uint8Array(0);
const ZEROS = new Uint8Array(SECTOR_BYTES);

/** The log file that is being written: where the next record goes, and the footer so far. */
export class ActiveFile {
  readonly file: number;
  readonly #identity: FileIdentity;
  readonly handle: DiskFile;
  readonly #bytesMax: number;
  readonly #footer = new Footer();
  #cursor = FILE_HEADER_BYTES;
  #growing: { target: number; done: Promise<void> } | undefined;

  constructor(identity: FileIdentity, handle: DiskFile, bytesMax: number) {
    this.file = identity.file;
    this.#identity = identity;
    this.handle = handle;
    this.#bytesMax = bytesMax;
  }

  /** Bytes written, header included. */
  get bytes(): number {
    return this.#cursor;
  }

  /** Whether so many bytes of records, one entry each, still leave room for the seal. An empty file takes any record. */
  hasRoom(bytes: number, entries: number): boolean {
    const count = this.#footer.count + entries;
    if (count > FOOTER_ENTRIES_MAX) return false;
    if (count === 1) return true;
    return alignUp(this.#cursor + bytes, GROUP_BYTES) + sealBytes(count) <= this.#bytesMax;
  }

  /** What is written from now on belongs to another sync. */
  startGroup(): void {
    this.#cursor = alignUp(this.#cursor, GROUP_BYTES);
  }

  /**
   * Writes records behind each other in one go, with LSNs from `firstLsn` on.
   * @throws DiskError: then none of them counts as written, and their place is taken by the next ones.
   */
  write(requests: readonly AppendRequest[], firstLsn: number): LocatedEntry[] {
    const chunks: Uint8Array[] = [];
    let offset = this.#cursor;
    const entries = requests.map((request, index) => {
      const entry = this.#place(request, firstLsn + index, offset, chunks);
      offset += recordBytes(entry.headerBytes, entry.payloadBytes);
      return entry;
    });
    this.handle.writeSync(chunks, this.#cursor);
    this.#cursor = offset;
    for (const entry of entries) this.#footer.add(entry);
    return entries;
  }

  /** Writes the seal behind everything and cuts off what was never written. The caller syncs. @throws DiskError */
  async seal(lsn: number): Promise<void> {
    const offset = alignUp(this.#cursor, GROUP_BYTES);
    const { chunks, bytes } = encodeSeal(this.#footer, this.#identity, { offset, lsn });
    await this.#growing?.done;
    this.handle.writeSync(chunks, offset);
    await this.handle.truncate(offset + bytes);
    this.#cursor = offset + bytes;
  }

  /**
   * Keeps the file longer than what is written, so that syncs need not record a new length. Resolves when a write of
   * `bytes` is safe from a truncation under way.
   */
  async prepare(bytes: number): Promise<void> {
    const end = this.#cursor + bytes;
    if (this.#growing !== undefined && end > this.#growing.target) await this.#growing.done;
    if (this.#growing !== undefined || end + AHEAD_BYTES / 2 <= this.handle.bytes) return;
    const target = Math.max(end, Math.min(end + AHEAD_BYTES, this.#bytesMax));
    if (target <= this.handle.bytes) return;
    // A file that cannot be lengthened ahead grows by its writes.
    const over = () => {
      this.#growing = undefined;
    };
    this.#growing = { target, done: this.handle.truncate(target).then(over, over) };
  }

  // Spelled out: spreading objects would cost more here than all the rest.
  #place(request: AppendRequest, lsn: number, offset: number, chunks: Uint8Array[]): LocatedEntry {
    const { pg, stripe, slot } = request;
    const isPut = request.type === 'put';
    const description = isPut ? request.description : NO_DESCRIPTION;
    const payload = isPut ? request.payload : EMPTY;
    const position = isPut ? request.position : 0;
    const era = isPut ? 0 : request.era;
    const payloadBytes = payload.length;
    const headerBytes = recordHeaderBytes(description);
    const recordKind = isPut ? RecordKind.PUT : RecordKind.TOMBSTONE;
    const header = { kind: recordKind, lsn, offset, pg, slot, position, stripe, era, payloadBytes, description };
    chunks.push(encodeRecordHeader(header, this.#identity.nonce));
    const padding = recordBytes(headerBytes, payloadBytes) - payloadOffset(headerBytes) - payloadBytes;
    if (payloadBytes > 0) chunks.push(payload);
    if (padding > 0) chunks.push(ZEROS.subarray(0, padding));
    const kind = isPut ? EntryKind.PUT : EntryKind.TOMBSTONE;
    const root = isPut ? request.root : 0n;
    const { file } = this;
    return {
      kind,
      recovered: false,
      lsn,
      root,
      offset,
      headerBytes,
      payloadBytes,
      position,
      era,
      pg,
      stripe,
      slot,
      file,
    };
  }
}
