import { type Clock, type Disk, DiskError, type Log, type Random } from '@tessera/env';
import { readUint64, TesseraError } from '@tessera/protocol';
import { ActiveFile } from './active-file.js';
import type { AppendRequest } from './append-request.js';
import { NO_DESCRIPTION } from './description.js';
import type { LocatedEntry } from './entry.js';
import { encodeFileHeader } from './file-header.js';
import { GroupSync } from './group-sync.js';
import { FILE_HEADER_BYTES } from './limits.js';
import type { LogFiles } from './log-files.js';
import { recordBytes, recordHeaderBytes } from './record.js';
import type { LogSpace } from './space.js';

export interface LogWriterOptions {
  clock: Clock;
  random: Random;
  disk: Disk;
  log: Log;
  files: LogFiles;
  space: LogSpace;
  diskId: Uint8Array;
  /** Numbers for the next file and the next record. */
  nextFile: number;
  nextLsn: number;
  logFileBytes: number;
  unsyncedBytesMax: number;
  /** A new file is durable; called before its first record is written. */
  onFile: (file: number) => Promise<void>;
  /** Everything up to this LSN is durable. */
  onSynced: (lsn: number) => void;
}

interface Queued {
  readonly request: AppendRequest;
  readonly bytes: number;
  resolve(entry: LocatedEntry): void;
  reject(error: TesseraError): void;
}

/**
 * Appends records to the newest log file. Any write or sync error but lack of space ends it for good: nothing after the
 * last good sync is acknowledged, and nothing is tried again in place.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #sync: GroupSync;
  #queue: Queued[] = [];
  #draining: Promise<void> | undefined;
  #active: ActiveFile | undefined;
  #nextFile: number;
  #nextLsn: number;
  #failure: TesseraError | undefined;
  #closed = false;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#nextFile = options.nextFile;
    this.#nextLsn = options.nextLsn;
    this.#sync = new GroupSync({
      clock: options.clock,
      syncedLsn: options.nextLsn - 1,
      sync: async () => {
        const active = this.#active as ActiveFile;
        this.#account(active, () => active.startGroup());
        await active.handle.sync();
      },
      onSynced: options.onSynced,
      onFailure: (error) => this.#fail(error),
    });
  }

  /** Why the disk has failed; undefined while it works. */
  get failure(): TesseraError | undefined {
    return this.#failure;
  }

  /** Written and not yet synced; writes wait at the limit. */
  get unsyncedBytes(): { bytes: number; limit: number } {
    return { bytes: this.#sync.unsyncedBytes, limit: this.#options.unsyncedBytesMax };
  }

  /** The highest LSN given so far. */
  get lastLsn(): number {
    return this.#nextLsn - 1;
  }

  /**
   * Resolves once the record is written, not yet durable; appends of one turn of the event loop go together.
   * @throws TesseraError DISK_FULL, DISK_FAILED, UNAVAILABLE after close
   */
  append(request: AppendRequest): Promise<LocatedEntry> {
    if (this.#closed) return Promise.reject(new TesseraError('UNAVAILABLE', 'the chunkserver is stopping'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, bytes: bytesOf(request), resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves once everything up to this LSN, which has been written, is durable. @throws TesseraError DISK_FAILED */
  durable(lsn: number): Promise<void> {
    return this.#sync.durable(lsn);
  }

  /** Writes out what is queued and seals the file in use. A failed disk is left as it is. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
    try {
      if (this.#active && !this.#failure) await this.#seal(this.#active);
    } catch (error) {
      this.#options.log.warn({ error: String(error) }, 'could not seal the log file in use; the next start scans it');
    }
    this.#sync.stop();
  }

  async #drain(): Promise<void> {
    // Lets the other appends of this turn join.
    await undefined;
    while (this.#queue.length > 0) {
      try {
        await this.#step();
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#draining = undefined;
  }

  async #step(): Promise<void> {
    if (this.#failure) return this.#rejectQueued(this.#failure);
    if (this.#sync.unsyncedBytes >= this.#options.unsyncedBytesMax) return await this.#sync.flush();
    this.#refuseWhatDoesNotFit();
    const first = this.#queue[0];
    if (first === undefined) return;
    if (!this.#active?.hasRoom(first.bytes, 1)) return await this.#rotate();
    const batch = this.#takeBatch(this.#active);
    await this.#active.prepare(batch.reduce((sum, { bytes }) => sum + bytes, 0));
    this.#write(this.#active, batch);
  }

  #refuseWhatDoesNotFit(): void {
    const { space } = this.#options;
    this.#queue = this.#queue.filter(({ request, bytes, reject }) => {
      const fits = request.type === 'put' ? space.admitsPut(bytes) : space.admitsTombstone(bytes);
      if (!fits) reject(fullError(space, bytes));
      return fits;
    });
  }

  /** As many of the first queued records as fit into the file, the reserve and the bound on unsynced bytes. */
  #takeBatch(active: ActiveFile): Queued[] {
    const { space, unsyncedBytesMax } = this.#options;
    let bytes = 0;
    let count = 0;
    for (const queued of this.#queue) {
      const next = bytes + queued.bytes;
      if (count > 0) {
        if (!active.hasRoom(next, count + 1) || this.#sync.unsyncedBytes + next > unsyncedBytesMax) break;
        if (queued.request.type === 'put' && next > space.freeBytes) break;
      }
      bytes = next;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  #write(active: ActiveFile, batch: readonly Queued[]): void {
    const firstLsn = this.#nextLsn;
    // Numbers that may stand in a half-written record are not given again.
    this.#nextLsn += batch.length;
    const requests = batch.map(({ request }) => request);
    let entries: LocatedEntry[] = [];
    try {
      const bytes = this.#account(active, () => {
        entries = active.write(requests, firstLsn);
      });
      this.#sync.written(this.#nextLsn - 1, bytes);
    } catch (error) {
      this.#writeFailed(active, batch, error);
    }
    entries.forEach((entry, index) => {
      (batch[index] as Queued).resolve(entry);
    });
  }

  /** When there was no room for several, each is tried alone. */
  #writeFailed(active: ActiveFile, batch: readonly Queued[], error: unknown): void {
    if (!isNoSpace(error)) {
      this.#queue.unshift(...batch);
      throw error;
    }
    if (batch.length > 1) {
      for (const queued of batch) this.#write(active, [queued]);
      return;
    }
    this.#options.space.exhausted();
    const only = batch[0] as Queued;
    only.reject(fullError(this.#options.space, only.bytes, error));
  }

  /** Ends the file in use and begins a new one. */
  async #rotate(): Promise<void> {
    try {
      if (this.#active) await this.#seal(this.#active);
      this.#active = await this.#create();
    } catch (error) {
      if (!isNoSpace(error)) throw error;
      this.#options.space.exhausted();
      for (const { bytes, reject } of this.#queue.splice(0)) reject(fullError(this.#options.space, bytes, error));
    }
  }

  async #seal(active: ActiveFile): Promise<void> {
    // A seal that reads well vouches for what it covers, so all of that is durable first.
    await this.#sync.flush();
    if (this.#failure) throw this.#failure;
    const before = active.bytes;
    await active.seal(this.#nextLsn++);
    this.#options.space.used(active.bytes - before);
    this.#sync.written(this.#nextLsn - 1, active.bytes - before);
    await this.#sync.flush();
    if (this.#failure) throw this.#failure;
    this.#active = undefined;
    await this.#options.files.unpin(active.file);
  }

  async #create(): Promise<ActiveFile> {
    const { clock, random, disk, files, diskId, space, logFileBytes } = this.#options;
    const file = this.#nextFile;
    const path = files.path(file);
    const nonce = readUint64(random.fill(new Uint8Array(8)), 0);
    const identity = { diskId, file, nonce, firstLsn: this.#nextLsn };
    const header = encodeFileHeader({ ...identity, madeNs: clock.wallNs() });
    const handle = await disk.open(path, 'create');
    try {
      handle.writeSync([header], 0);
      await handle.sync();
      await disk.syncDirectory(files.directory);
      await this.#options.onFile(file);
    } catch (error) {
      await handle.close();
      if (isNoSpace(error)) await disk.remove(path);
      throw error;
    }
    this.#nextFile++;
    space.used(FILE_HEADER_BYTES);
    files.pin(file, nonce, handle);
    return new ActiveFile(identity, handle, logFileBytes);
  }

  /** Lets the file grow and counts by how much. */
  #account(active: ActiveFile, grow: () => void): number {
    const before = active.bytes;
    grow();
    this.#options.space.used(active.bytes - before);
    return active.bytes - before;
  }

  #fail(error: unknown): TesseraError {
    if (this.#failure) return this.#failure;
    const reason = error instanceof Error ? error.message : String(error);
    this.#failure = new TesseraError(
      'DISK_FAILED',
      `the disk failed (${reason}); nothing more is acknowledged here: check the device, then restart or replace it`,
      { cause: error },
    );
    this.#options.log.error({ reason }, 'the disk failed: reads go on, writes are refused');
    this.#sync.fail(this.#failure);
    this.#rejectQueued(this.#failure);
    return this.#failure;
  }

  #rejectQueued(error: TesseraError): void {
    for (const { reject } of this.#queue.splice(0)) reject(error);
  }
}

function bytesOf(request: AppendRequest): number {
  const isPut = request.type === 'put';
  const headerBytes = recordHeaderBytes(isPut ? request.description : NO_DESCRIPTION);
  return recordBytes(headerBytes, isPut ? request.payload.length : 0);
}

function isNoSpace(error: unknown): boolean {
  return error instanceof DiskError && error.code === 'NO_SPACE';
}

function fullError(space: LogSpace, bytes: number, cause?: unknown): TesseraError {
  return new TesseraError(
    'DISK_FULL',
    `the disk is full: ${bytes} bytes do not fit, ${space.freeBytes} of ${space.capacityBytes} are free for shards; add disks or delete files`,
    { cause },
  );
}
