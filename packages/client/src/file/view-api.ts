import type { View } from '../datatype/view.js';
import type { OperationOptions } from '../node-api.js';

/** Which bytes of a file go with which bytes of a buffer: byte by byte the two streams run side by side. */
export interface ViewAccess {
  /** A datatype laid over the file. */
  readonly file: View;
  /** First byte of the file view's stream; default 0. */
  readonly filePosition?: number;
  /** A datatype laid over the buffer; default: the buffer's bytes in order. */
  readonly memory?: View;
  /** First byte of the memory view's stream; default 0. */
  readonly memoryPosition?: number;
  /** Bytes in all; default, without `memory`: what the buffer has from `memoryPosition` on. With `memory` it must be said. */
  readonly length?: number;
}

/** `count` blocks, each beginning `strideBytes`, at least `blockBytes`, after the one before. */
export interface StridedRange {
  /** First byte of the first block in the file. */
  readonly offset: number;
  /** Length of each block. */
  readonly blockBytes: number;
  /** From the start of a block to that of the next. */
  readonly strideBytes: number;
  /** Number of blocks. */
  readonly count: number;
}

/** Access by datatypes. It promises what lists of ranges do. */
export interface ViewCalls {
  /**
   * Fills the buffer where `access` says. Answers how many of the bytes the file has; the places of the others, which are past its
   * end, are left open. The buffer must be left alone until this is answered.
   * @throws TesseraError INVALID_ARGUMENT: an access that no file can have, or the buffer; a memory datatype that has a
   * byte twice; …
   */
  readView(buffer: Uint8Array, access: ViewAccess, options?: OperationOptions): Promise<number>;
  /**
   * Takes a copy of the bytes as unflushed writes. Nothing is taken when it is refused.
   * @throws TesseraError INVALID_ARGUMENT, also for a file datatype that has a byte twice
   */
  writeView(buffer: Uint8Array, access: ViewAccess, options?: OperationOptions): Promise<void>;
  /** The blocks one after the other, cut off at the end of the file. @throws TesseraError INVALID_ARGUMENT, … */
  readStrided(range: StridedRange, options?: OperationOptions): Promise<Uint8Array>;
  /** Writes the blocks that the data has one after the other: `count · blockBytes` bytes. @throws TesseraError as above */
  writeStrided(range: StridedRange, data: Uint8Array, options?: OperationOptions): Promise<void>;
}
