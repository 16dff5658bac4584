import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { DiskError } from '../disk.js';
import { diskErrorFrom } from './disk-errors.js';

/**
 * The text of a small regular file, read at once: for what a program needs before it starts.
 * @throws DiskError, IO when it is longer than `limitBytes`, is no regular file or no UTF-8
 */
export function readSmallFile(path: string, limitBytes: number): string {
  let descriptor: number;
  try {
    // A pipe nobody writes to would hold an open that may wait for ever.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw diskErrorFrom(error, 'read', path);
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw new DiskError('IO', path, `${path} is no regular file`);
    // One byte more than allowed shows a file that is too long, also one that grows meanwhile.
    const content = new Uint8Array(Math.min(status.size, limitBytes) + 1);
    const bytes = readSync(descriptor, content, 0, content.length, 0);
    if (bytes > limitBytes) throw new DiskError('IO', path, `${path} is longer than ${limitBytes} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(content.subarray(0, bytes));
  } catch (error) {
    if (error instanceof TypeError) throw new DiskError('IO', path, `${path} is no UTF-8 text`, { cause: error });
    throw error instanceof DiskError ? error : diskErrorFrom(error, 'read', path);
  } finally {
    closeSync(descriptor);
  }
}
