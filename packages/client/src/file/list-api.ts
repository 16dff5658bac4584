import type { ByteRange } from '../datatype/flatten.js';
import type { OperationOptions } from '../node-api.js';

/** Bytes and where they go in the file. */
export interface RangeData {
  /** Of the first byte in the file. */
  readonly offset: number;
  /** What goes there. */
  readonly data: Uint8Array;
}

/** Many ranges of an open file in one call. They are in any order; one of length 0 is allowed. */
export interface ListCalls {
  /**
   * The bytes of each range, in arrays of their own: fewer than asked for only at the end of the file. All are of one
   * version of the file, under the handle's unflushed writes. Ranges may overlap.
   * @throws TesseraError INVALID_ARGUMENT, OUT_OF_RANGE: a range that no file can have; …
   */
  readv(ranges: readonly ByteRange[], options?: OperationOptions): Promise<Uint8Array[]>;
  /**
   * As `readv`, into one buffer: the ranges' bytes one after the other, each range at the sum of the lengths before it.
   * Answers how many bytes of each range the file has; what the buffer has behind these, and after a failure anywhere,
   * is left open. It must be left alone until this is answered.
   * @throws TesseraError INVALID_ARGUMENT also when the buffer is too small
   */
  readvInto(buffer: Uint8Array, ranges: readonly ByteRange[], options?: OperationOptions): Promise<number[]>;
  /**
   * Takes a copy of all parts as unflushed writes, as `write` does of each. Nothing is taken when one is refused. Ranges
   * that overlap are refused, and so is a handle opened to append.
   * @throws TesseraError INVALID_ARGUMENT, OUT_OF_RANGE
   */
  writev(parts: readonly RangeData[], options?: OperationOptions): Promise<void>;
}
