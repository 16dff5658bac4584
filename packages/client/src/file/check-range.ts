import { FILE_BYTES_MAX, TesseraError } from '@tessera/protocol';

/** @throws TesseraError INVALID_ARGUMENT */
export function checkWhole(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `${name} is ${value}; a whole number from 0 to ${FILE_BYTES_MAX} is expected`,
    );
  }
}

/** @throws TesseraError INVALID_ARGUMENT */
export function checkData(data: unknown): void {
  if (!(data instanceof Uint8Array)) {
    throw new TesseraError('INVALID_ARGUMENT', 'the data to write is no Uint8Array; encode text first');
  }
}

/** @throws TesseraError INVALID_ARGUMENT */
export function checkBuffer(buffer: unknown): void {
  if (!(buffer instanceof Uint8Array)) throw new TesseraError('INVALID_ARGUMENT', 'the buffer is no Uint8Array');
}

/** @throws TesseraError OUT_OF_RANGE for what ends past the largest file */
export function checkRange(offset: number, length: number): void {
  if (offset > FILE_BYTES_MAX - length) {
    throw new TesseraError('OUT_OF_RANGE', `${length} bytes at ${offset} end past the largest file, ${FILE_BYTES_MAX}`);
  }
}
