import type { BufferPool } from '@tessera/protocol';
import type { PlacedExtent } from '../put/commit.js';

/** Bytes that follow each other in the file, inside one stretch of segmentBytes of it. */
export interface Run {
  readonly offset: number;
  /** Has room for more. */
  buffer: Uint8Array;
  length: number;
  /** Set once it is on its way to chunkservers: its bytes do not change any more. */
  written: Promise<PlacedExtent> | undefined;
}

export interface UnflushedBytes {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface PendingOptions {
  readonly segmentBytes: number;
  readonly pool: BufferPool;
  /** Takes back a run on its way whose bytes were written over. */
  abandon(written: Promise<PlacedExtent>): void;
}

/**
 * What was written to a file and is not committed: an interval map of its bytes, the latest write of each. Bytes are
 * copied in. Runs end where segments of a file written from its start do, so big sequential writes become whole segments.
 */
export class PendingWrites {
  readonly #options: PendingOptions;
  /** Ascending, apart. */
  readonly #runs: Run[] = [];
  #full: Run[] = [];

  constructor(options: PendingOptions) {
    this.#options = options;
  }

  get runs(): readonly Run[] {
    return this.#runs;
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /** Where the last byte ends; 0 without any. */
  get end(): number {
    const last = this.#runs.at(-1);
    return last === undefined ? 0 : last.offset + last.length;
  }

  put(offset: number, data: Uint8Array): void {
    const end = offset + data.length;
    let index = this.#firstEndingAfter(offset);
    for (let at = offset; at < end; ) {
      const run = this.#runs[index];
      const rest = data.subarray(at - offset);
      if (run !== undefined && run.offset <= at) {
        const part = rest.subarray(0, run.offset + run.length - at);
        this.#writable(run).set(part, at - run.offset);
        at += part.length;
        index++;
      } else {
        const until = Math.min(end, run?.offset ?? end, this.#stretchEnd(at));
        const part = rest.subarray(0, until - at);
        if (!this.#extend(this.#runs[index - 1], at, part)) {
          this.#insert(index, at, part);
          index++;
        }
        at = until;
      }
    }
  }

  /** Takes whole segments that nothing is to be added to, `count` at a time; fewer are left waiting. */
  takeFull(count: number): Run[] {
    if (this.#full.length < count) return [];
    const taken = this.#full.slice(0, this.#full.length - (this.#full.length % count));
    this.#full = this.#full.slice(taken.length);
    return taken;
  }

  /** Copies of the bytes in [from, to), in file order. */
  overlay(from: number, to: number): UnflushedBytes[] {
    const found: UnflushedBytes[] = [];
    for (let index = this.#firstEndingAfter(from); index < this.#runs.length; index++) {
      const { offset, buffer, length } = this.#runs[index] as Run;
      if (offset >= to) break;
      const start = Math.max(offset, from);
      const bytes = buffer.slice(start - offset, Math.min(offset + length, to) - offset);
      found.push({ offset: start, bytes });
    }
    return found;
  }

  /** Gives the memory back; nothing refers to the bytes any more. */
  release(): void {
    for (const { buffer } of this.#runs.splice(0)) this.#options.pool.release(buffer);
    this.#full = [];
  }

  /** Takes back what is on its way: nothing of this is going to be committed. */
  discard(): void {
    for (const { written } of this.#runs.splice(0)) if (written !== undefined) this.#options.abandon(written);
    this.#full = [];
  }

  #firstEndingAfter(offset: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const run = this.#runs[middle] as Run;
      if (run.offset + run.length > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #stretchEnd(offset: number): number {
    const { segmentBytes } = this.#options;
    return offset - (offset % segmentBytes) + segmentBytes;
  }

  /** Adds to the run that ends at `at`, if it does and is in the same stretch. */
  #extend(run: Run | undefined, at: number, part: Uint8Array): boolean {
    if (run === undefined || run.written !== undefined || run.offset + run.length !== at) return false;
    const stretchEnd = this.#stretchEnd(run.offset);
    if (at >= stretchEnd) return false;
    const needed = run.length + part.length;
    if (needed > run.buffer.length) {
      const { pool } = this.#options;
      const grown = pool.acquire(Math.min(stretchEnd - run.offset, Math.max(needed, 2 * run.buffer.length)));
      grown.set(run.buffer.subarray(0, run.length));
      pool.release(run.buffer);
      run.buffer = grown;
    }
    run.buffer.set(part, run.length);
    run.length = needed;
    this.#noteFull(run);
    return true;
  }

  #insert(index: number, at: number, part: Uint8Array): void {
    const { pool } = this.#options;
    const before = this.#runs[index - 1];
    // Whoever writes on where the last stretch ended fills this one too.
    const goesOn = index === this.#runs.length && before !== undefined && before.offset + before.length === at;
    const buffer = pool.acquire(goesOn ? this.#stretchEnd(at) - at : part.length);
    buffer.set(part);
    const run: Run = { offset: at, buffer, length: part.length, written: undefined };
    this.#runs.splice(index, 0, run);
    this.#noteFull(run);
  }

  #noteFull(run: Run): void {
    if (run.length === this.#options.segmentBytes) this.#full.push(run);
  }

  /** The run's buffer, for new bytes; a copy when its own is on its way. */
  #writable(run: Run): Uint8Array {
    if (run.written === undefined) return run.buffer;
    const { pool, abandon } = this.#options;
    abandon(run.written);
    const copy = pool.acquire(run.buffer.length);
    copy.set(run.buffer.subarray(0, run.length));
    run.buffer = copy;
    run.written = undefined;
    this.#noteFull(run);
    return copy;
  }
}
