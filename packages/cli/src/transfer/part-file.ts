import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { TesseraError } from '@tessera/client';
import { cutAtHoles } from './holes.js';
import { PART_UNIT_BYTES } from './limits.js';
import { partName } from './part-name.js';

/**
 * A file on its way to a local name, under a temporary one that says which content it is. A unit of bytes is synced
 * before any byte of the next is written, so whoever finds a part knows that all units but the one it ends in are whole.
 */
export class PartFile {
  readonly #local: string;
  readonly #part: string;
  readonly #handle: FileHandle;
  #offset: number;

  private constructor(local: string, part: string, handle: FileHandle, offset: number) {
    this.#local = local;
    this.#part = part;
    this.#handle = handle;
    this.#offset = offset;
  }

  /** Goes on with a part of the same content that an earlier run left. */
  static async open(local: string, identity: string): Promise<PartFile> {
    const part = path.join(path.dirname(local), partName(path.basename(local), identity));
    const found = await stat(part).catch(() => undefined);
    const kept = wholeUnits(found?.isFile() ? found.size : 0) * PART_UNIT_BYTES;
    const handle = await open(part, kept > 0 ? 'r+' : 'w').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      const directory = path.dirname(local);
      throw new TesseraError('NOT_FOUND', `there is no local directory ${directory} for ${path.basename(local)}`);
    });
    return new PartFile(local, part, handle, kept);
  }

  /** Where the next byte goes. */
  get offset(): number {
    return this.#offset;
  }

  /** `sparse`: runs of zeros become holes. */
  async write(piece: Uint8Array, { sparse } = { sparse: false }): Promise<void> {
    if (!sparse) return this.#write(piece);
    for (const { bytes, isHole } of cutAtHoles(piece, this.#offset)) {
      // A part ends before its last hole; so do the units that the next run finds whole.
      if (isHole) this.#offset += bytes.length;
      else await this.#write(bytes);
    }
  }

  async #write(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length; ) {
      const left = PART_UNIT_BYTES - (this.#offset % PART_UNIT_BYTES);
      const { bytesWritten } = await this.#handle.write(piece, at, Math.min(left, piece.length - at), this.#offset);
      at += bytesWritten;
      this.#offset += bytesWritten;
      if (this.#offset % PART_UNIT_BYTES === 0) await this.#handle.datasync();
    }
  }

  /** Gives the file its name, whole, with its time; `sync`: durably. */
  async finish(modifiedNs: bigint, options: { mode: number | undefined; sync: boolean }): Promise<void> {
    const seconds = Number(modifiedNs) / 1e9;
    await this.#handle.truncate(this.#offset);
    if (options.mode !== undefined) await this.#handle.chmod(options.mode);
    await this.#handle.utimes(seconds, seconds);
    if (options.sync || this.#offset >= PART_UNIT_BYTES) await this.#handle.sync();
    await this.#handle.close();
    await rename(this.#part, this.#local);
  }

  /** Gives up for now: what an other run can go on with stays. */
  async leave(): Promise<void> {
    await this.#handle.close().catch(() => {});
    if (wholeUnits(this.#offset) === 0) await rm(this.#part, { force: true });
  }
}

/** Units of a part of this length that were synced for certain. */
export function wholeUnits(bytes: number): number {
  return bytes === 0 ? 0 : Math.floor((bytes - 1) / PART_UNIT_BYTES);
}
