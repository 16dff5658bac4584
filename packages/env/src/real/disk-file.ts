import fs from 'node:fs';
import { DiskError, type DiskFile } from '../disk.js';
import { dropBytes } from './chunks.js';
import { diskErrorFrom } from './disk-errors.js';

/**
 * An open file. Writes go to the page cache on the event loop; reads, syncs and truncations use the thread pool.
 * `close` waits for those under way: the system may hand the descriptor's number to another file at once.
 */
export class RealDiskFile implements DiskFile {
  readonly path: string;
  readonly #descriptor: number;
  #bytes: number;
  #pending = 0;
  #closing: Promise<void> | undefined;
  #idle: (() => void) | undefined;

  constructor(path: string, descriptor: number, bytes: number) {
    this.path = path;
    this.#descriptor = descriptor;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  writeSync(chunks: readonly Uint8Array[], position: number): void {
    this.#assertOpen('write');
    let rest: readonly Uint8Array[] = chunks.filter((chunk) => chunk.length > 0);
    let at = position;
    try {
      while (rest.length > 0) {
        const written = fs.writevSync(this.#descriptor, rest, at);
        if (written === 0) throw new DiskError('IO', this.path, `cannot write ${this.path}: the system took no bytes`);
        at += written;
        rest = dropBytes(rest, written);
      }
    } catch (error) {
      throw diskErrorFrom(error, 'write', this.path);
    } finally {
      if (at > position) this.#bytes = Math.max(this.#bytes, at);
    }
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    let count = 0;
    while (count < target.length) {
      const got = await this.#perform<number>('read', (done) =>
        fs.read(this.#descriptor, target, count, target.length - count, position + count, done),
      );
      if (got === 0) break;
      count += got;
    }
    return count;
  }

  readSync(target: Uint8Array, position: number): number {
    this.#assertOpen('read');
    try {
      let count = 0;
      while (count < target.length) {
        const got = fs.readSync(this.#descriptor, target, count, target.length - count, position + count);
        if (got === 0) break;
        count += got;
      }
      return count;
    } catch (error) {
      throw diskErrorFrom(error, 'read', this.path);
    }
  }

  async sync(): Promise<void> {
    await this.#perform<undefined>('sync', (done) => fs.fdatasync(this.#descriptor, (error) => done(error, undefined)));
  }

  async truncate(bytes: number): Promise<void> {
    await this.#perform<undefined>('truncate', (done) =>
      fs.ftruncate(this.#descriptor, bytes, (error) => done(error, undefined)),
    );
    this.#bytes = bytes;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#pending > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    await new Promise<void>((resolve, reject) => {
      fs.close(this.#descriptor, (error) => {
        if (error) reject(diskErrorFrom(error, 'close', this.path));
        else resolve();
      });
    });
  }

  #perform<T>(action: string, start: (done: (error: Error | null, value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#assertOpen(action);
      this.#pending++;
      start((error, value) => {
        this.#pending--;
        if (error) reject(diskErrorFrom(error, action, this.path));
        else resolve(value);
        if (this.#pending === 0) this.#idle?.();
      });
    });
  }

  #assertOpen(action: string): void {
    if (this.#closing) throw new DiskError('IO', this.path, `cannot ${action} ${this.path}: the file is closed`);
  }
}
