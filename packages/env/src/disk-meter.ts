import type { Clock } from './clock.js';
import { type Disk, DiskError, type DiskFile } from './disk.js';
import { LatencyHistogram } from './latency-histogram.js';

/** What went to and from files of one use. */
export interface DiskUse {
  writtenBytes: number;
  readBytes: number;
  /** Syncs that went well. */
  readonly syncs: LatencyHistogram;
  errors: number;
}

/** Measures a disk by laying itself around it: those who use the disk need not know. */
export class DiskMeter {
  readonly #clock: Clock;
  readonly #useOf: (path: string) => string;
  readonly uses = new Map<string, DiskUse>();

  /** @param useOf what a file is for, one of a few words, by its path */
  constructor(clock: Clock, useOf: (path: string) => string) {
    this.#clock = clock;
    this.#useOf = useOf;
  }

  /** The same disk, measured. */
  around(disk: Disk): Disk {
    return {
      open: async (path, mode) => new MeteredFile(await disk.open(path, mode), this.#clock, this.#use(path)),
      list: (path) => disk.list(path),
      makeDirectory: (path) => disk.makeDirectory(path),
      remove: (path) => disk.remove(path),
      rename: (from, to) => disk.rename(from, to),
      syncDirectory: (path) => disk.syncDirectory(path),
      stat: (path) => disk.stat(path),
      space: (path) => disk.space(path),
    };
  }

  #use(path: string): DiskUse {
    const name = this.#useOf(path);
    let use = this.uses.get(name);
    if (use === undefined) {
      use = { writtenBytes: 0, readBytes: 0, syncs: new LatencyHistogram(), errors: 0 };
      this.uses.set(name, use);
    }
    return use;
  }
}

class MeteredFile implements DiskFile {
  readonly path: string;
  readonly #file: DiskFile;
  readonly #clock: Clock;
  readonly #use: DiskUse;

  constructor(file: DiskFile, clock: Clock, use: DiskUse) {
    this.path = file.path;
    this.#file = file;
    this.#clock = clock;
    this.#use = use;
  }

  get bytes(): number {
    return this.#file.bytes;
  }

  writeSync(chunks: readonly Uint8Array[], position: number): void {
    try {
      this.#file.writeSync(chunks, position);
    } catch (error) {
      throw this.#failed(error);
    }
    for (const chunk of chunks) this.#use.writtenBytes += chunk.length;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    try {
      const count = await this.#file.read(target, position);
      this.#use.readBytes += count;
      return count;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  readSync(target: Uint8Array, position: number): number {
    try {
      const count = this.#file.readSync(target, position);
      this.#use.readBytes += count;
      return count;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  async sync(): Promise<void> {
    const startMs = this.#clock.monotonicMs();
    try {
      await this.#file.sync();
    } catch (error) {
      throw this.#failed(error);
    }
    this.#use.syncs.observe(this.#clock.monotonicMs() - startMs);
  }

  truncate(bytes: number): Promise<void> {
    return this.#file.truncate(bytes);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #failed(error: unknown): unknown {
    if (error instanceof DiskError) this.#use.errors++;
    return error;
  }
}
