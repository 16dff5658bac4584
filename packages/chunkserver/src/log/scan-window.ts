import type { DiskFile } from '@tessera/env';
import { alignUp, SCAN_WINDOW_BYTES, SECTOR_BYTES } from './limits.js';

/** Reads a file front to back in large pieces for someone who looks at small ones. */
export class ScanWindow {
  readonly #handle: DiskFile;
  #buffer: Uint8Array;
  #start = 0;
  #filled = 0;

  constructor(handle: DiskFile) {
    this.#handle = handle;
    this.#buffer = new Uint8Array(Math.min(SCAN_WINDOW_BYTES, alignUp(handle.bytes, SECTOR_BYTES)));
  }

  /** Up to `bytes` bytes at `offset`, fewer only at the end of the file; valid until the next call. */
  async read(offset: number, bytes: number): Promise<Uint8Array> {
    const end = Math.min(offset + bytes, this.#handle.bytes);
    if (offset < this.#start || end > this.#start + this.#filled) {
      const needed = alignUp(Math.max(0, end - offset), SECTOR_BYTES);
      if (needed > this.#buffer.length) this.#buffer = new Uint8Array(needed);
      this.#start = offset;
      this.#filled = await this.#handle.read(this.#buffer, offset);
    }
    const from = offset - this.#start;
    return this.#buffer.subarray(from, Math.min(from + bytes, this.#filled));
  }
}
