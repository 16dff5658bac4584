import { type BufferPool, TesseraError } from '@tessera/protocol';
import type { Scope } from '../scope.js';

/** Cuts a stream into segments. Every byte is copied once, into pooled buffers that the caller releases. */
export class SegmentCutter {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #pool: BufferPool;
  readonly #segmentBytes: number;
  readonly #scope: Scope;
  #left: Uint8Array = new Uint8Array();
  #done = false;

  constructor(content: AsyncIterable<Uint8Array>, segmentBytes: number, pool: BufferPool, scope: Scope) {
    this.#iterator = content[Symbol.asyncIterator]();
    this.#segmentBytes = segmentBytes;
    this.#pool = pool;
    this.#scope = scope;
  }

  /** The next `segmentBytes` bytes, fewer at the end of the stream, undefined after it. @throws what the stream throws */
  async next(): Promise<Uint8Array | undefined> {
    let buffer: Uint8Array | undefined;
    let filled = 0;
    while (filled < this.#segmentBytes) {
      if (this.#left.length === 0 && !(await this.#pull())) break;
      buffer ??= this.#pool.acquire(this.#segmentBytes);
      const part = this.#left.subarray(0, this.#segmentBytes - filled);
      buffer.set(part, filled);
      filled += part.length;
      this.#left = this.#left.subarray(part.length);
    }
    return buffer?.subarray(0, filled);
  }

  /** Up to `count` segments, fewer only at the end. */
  async take(count: number): Promise<Uint8Array[]> {
    const segments: Uint8Array[] = [];
    while (segments.length < count) {
      const segment = await this.next();
      if (segment === undefined) break;
      segments.push(segment);
    }
    return segments;
  }

  release(segment: Uint8Array): void {
    this.#pool.release(segment);
  }

  /** Tells the stream that nobody reads on. */
  close(): void {
    if (this.#done) return;
    this.#done = true;
    // A source that never comes back from `return` must not hold the put.
    Promise.resolve(this.#iterator.return?.()).catch(() => {});
  }

  async #pull(): Promise<boolean> {
    while (!this.#done) {
      const { done, value } = await this.#scope.race(this.#next());
      if (done) {
        this.#done = true;
        break;
      }
      if (!(value instanceof Uint8Array)) {
        throw new TesseraError('INVALID_ARGUMENT', 'the content stream yielded something other than a Uint8Array');
      }
      this.#scope.progress();
      if (value.length > 0) {
        this.#left = value;
        return true;
      }
    }
    return false;
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    try {
      return await this.#iterator.next();
    } catch (error) {
      this.#done = true;
      const message = error instanceof Error ? error.message : String(error);
      throw new TesseraError('CANCELLED', `the content stream failed: ${message}`, { cause: error });
    }
  }
}
