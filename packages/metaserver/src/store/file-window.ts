import type { DiskFile } from '@tessera/env';

const WINDOW_BYTES = 4 * 1024 * 1024;

/** Reads a file front to back in large pieces. Bytes behind its end read as zeros, as space never written does. */
export class FileWindow {
  readonly #file: DiskFile;
  #start = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(file: DiskFile) {
    this.#file = file;
  }

  get fileBytes(): number {
    return this.#file.bytes;
  }

  /** `length` bytes at `offset`. They stay valid: no buffer is used twice. */
  async at(offset: number, length: number): Promise<Buffer> {
    if (offset < this.#start || offset + length > this.#start + this.#bytes.length) {
      const bytes = Buffer.alloc(Math.max(length, Math.min(WINDOW_BYTES, this.#file.bytes - offset)));
      await this.#file.read(bytes, offset);
      this.#start = offset;
      this.#bytes = bytes;
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + length);
  }
}
