import { checkCount, refuse } from './arguments.js';
import { spanOf } from './span.js';
import type { View } from './view.js';
import { ViewCursor } from './view-cursor.js';

/** `length` bytes that go between two places. */
export interface Transfer {
  /** First byte in the buffer. */
  readonly memoryOffset: number;
  /** First byte in the file. */
  readonly fileOffset: number;
  /** Bytes. */
  readonly length: number;
}

/** What a read or write with a datatype on either side does. */
export interface TransferRequest {
  /** Over the buffer. */
  readonly memory: View;
  /** Length of the buffer, bytes. */
  readonly memoryBytes: number;
  /** First byte of the memory view's stream; default 0. */
  readonly memoryPosition?: number;
  /** Over the file. */
  readonly file: View;
  /** First byte of the file view's stream; default 0. */
  readonly filePosition?: number;
  /** Bytes in all. */
  readonly length: number;
}

/**
 * Which bytes of memory go with which bytes of the file: byte by byte the two streams run side by side. In the streams'
 * order; each transfer is as long as both sides let it be. The whole is checked at once, the transfers are made as they
 * are asked for. It does not say whether a write is ambiguous: `checkWritable` does, for the side that is written.
 * @throws TesseraError INVALID_ARGUMENT when the buffer or what a file can have is too small
 */
export function transfers(request: TransferRequest): IterableIterator<Transfer> {
  const { memory, memoryBytes, memoryPosition = 0, file, filePosition = 0, length } = request;
  checkCount('transfers', 'memoryBytes', memoryBytes);
  spanOf(file, filePosition, length);
  const { end } = spanOf(memory, memoryPosition, length);
  if (length > 0 && end > memoryBytes) {
    refuse(
      'transfers',
      `the memory datatype reaches byte ${end} of a buffer of ${memoryBytes}; give a larger buffer or move less`,
    );
  }
  return walk(new ViewCursor(memory, memoryPosition), new ViewCursor(file, filePosition), length);
}

function* walk(memory: ViewCursor, file: ViewCursor, length: number): Generator<Transfer, void, undefined> {
  let [inMemory, inFile] = [NOTHING, NOTHING];
  let left = length;
  while (left > 0) {
    if (inMemory.length === 0) inMemory = memory.next(left);
    if (inFile.length === 0) inFile = file.next(left);
    const taken = Math.min(inMemory.length, inFile.length);
    yield { memoryOffset: inMemory.offset, fileOffset: inFile.offset, length: taken };
    inMemory = { offset: inMemory.offset + taken, length: inMemory.length - taken };
    inFile = { offset: inFile.offset + taken, length: inFile.length - taken };
    left -= taken;
  }
}

const NOTHING = { offset: 0, length: 0 };
