import type { Disk, DiskFile } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import { OPEN_FILES_MAX } from './limits.js';

const NAME_PATTERN = /^(\d{10})\.log$/;

export function logFileName(file: number): string {
  return `${String(file).padStart(10, '0')}.log`;
}

/** The file number in a name; undefined when it is not a log file's. */
export function parseLogFileName(name: string): number | undefined {
  const match = NAME_PATTERN.exec(name);
  return match ? Number(match[1]) : undefined;
}

interface OpenFile {
  readonly handle: Promise<DiskFile>;
  users: number;
}

/** All log files of a disk by number: their nonces, and a bounded number of open handles. */
export class LogFiles {
  readonly directory: string;
  readonly #disk: Disk;
  /** Undefined: the file's header is damaged and nothing in it can be verified. */
  readonly #nonces = new Map<number, bigint | undefined>();
  /** In order of last use. */
  readonly #open = new Map<number, OpenFile>();

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.directory = directory;
  }

  path(file: number): string {
    return `${this.directory}/${logFileName(file)}`;
  }

  add(file: number, nonce: bigint | undefined): void {
    this.#nonces.set(file, nonce);
  }

  /** Makes the handle of a file being written available to readers. It is not closed before `unpin`. */
  pin(file: number, nonce: bigint, handle: DiskFile): void {
    this.add(file, nonce);
    this.#open.set(file, { handle: Promise.resolve(handle), users: 1 });
  }

  async unpin(file: number): Promise<void> {
    const open = this.#open.get(file);
    if (open === undefined) return;
    open.users--;
    await this.#closeIdle();
  }

  /**
   * Uses an open handle of a file. @throws TesseraError CORRUPT when the file is missing or set aside;
   * DiskError from opening and from `use`.
   */
  async use<T>(file: number, use: (handle: DiskFile, nonce: bigint) => Promise<T>): Promise<T> {
    const nonce = this.#nonces.get(file);
    if (nonce === undefined) {
      const what = this.#nonces.has(file) ? 'has a damaged header' : 'is missing';
      throw new TesseraError('CORRUPT', `log file ${this.path(file)} ${what}: read the shard's stripe from its others`);
    }
    const open = this.#take(file);
    try {
      return await use(await open.handle, nonce);
    } finally {
      open.users--;
      if (this.#open.size > OPEN_FILES_MAX) await this.#closeIdle();
    }
  }

  /** Closes the handle of a file whose length has changed; nobody may be using it. */
  async forget(file: number): Promise<void> {
    const open = this.#open.get(file);
    this.#open.delete(file);
    await (await open?.handle)?.close();
  }

  async close(): Promise<void> {
    const handles = [...this.#open.values()].map(({ handle }) => handle);
    this.#open.clear();
    for (const handle of handles) await (await handle).close();
  }

  #take(file: number): OpenFile {
    let open = this.#open.get(file);
    if (open === undefined) {
      open = { handle: this.#disk.open(this.path(file), 'read'), users: 0 };
      // A failed opening is tried again by the next user.
      open.handle.catch(() => this.#open.delete(file));
    } else {
      this.#open.delete(file);
    }
    this.#open.set(file, open);
    open.users++;
    return open;
  }

  async #closeIdle(): Promise<void> {
    for (const [file, open] of this.#open) {
      if (this.#open.size <= OPEN_FILES_MAX) return;
      if (open.users > 0) continue;
      this.#open.delete(file);
      await (await open.handle).close();
    }
  }
}
