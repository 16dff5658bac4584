import type { Client, datatype, FileHandle, OperationOptions, RangeData } from '@tessera/client';
import type { Draw } from '../draw.js';
import { OracleViolation } from '../oracle/violation.js';
import type { Books } from './books.js';
import { type Cell, same } from './cell.js';
import { contentOf } from './content.js';

type Range = datatype.ByteRange;

const PARTS_MAX = [4, 40, 40, 500];
const PART_BYTES_MAX = [20, 200];
const PART_GAP_MAX = 30;
const BEHIND_SHARE = 0.4;
/** Farther away than what is asked for as one stretch of the file. */
const FAR_SHARE = 0.08;
const FAR_BYTES_MIN = 2_500_000;
const FAR_BYTES_MAX = 5_000_000;
/** What is written as a whole, or lies far behind, costs more with each byte. */
const SHORT_BYTES_MAX = 200_000;
const COVER_SHARE = 0.3;
const RANGES_MAX = [3, 40, 700];
const RANGE_BYTES_MAX = [2, 60, 3_000];
const RANGE_BYTES_OF_MANY_MAX = 60;
const PAST_END_BYTES = 50;

/** Parts that are apart, in no order; `isWhole`: one commit takes them. */
export function drawScatter({ cell, draw, books }: { cell: Cell; draw: Draw; books: Books }): {
  parts: readonly RangeData[];
  isWhole: boolean;
} {
  const { content, coversFew } = cell;
  const isShort = content.length <= SHORT_BYTES_MAX;
  if (!coversFew && isShort && draw.chance(COVER_SHARE)) {
    return { parts: [{ offset: 0, data: contentOf(books.newContent(content.length)) }], isWhole: false };
  }
  const isBehind = !coversFew || draw.chance(BEHIND_SHARE);
  let offset = isBehind ? content.length : draw.below(content.length + 1);
  if (isShort && draw.chance(FAR_SHARE)) {
    offset = content.length + FAR_BYTES_MIN + draw.below(FAR_BYTES_MAX - FAR_BYTES_MIN);
  }
  const bytesMax = draw.of(PART_BYTES_MAX);
  const parts: RangeData[] = [];
  const partsMax = Math.min(cell.partsMax, draw.of(PARTS_MAX));
  for (let left = 1 + draw.below(partsMax); left > 0; left--) {
    const data = contentOf(books.newContent(draw.below(bytesMax)));
    parts.push({ offset, data });
    offset += data.length + draw.below(PART_GAP_MAX);
  }
  return { parts: draw.some(parts, parts.length), isWhole: true };
}

/** Ranges in any order, overlapping and past the end of a file of so many bytes, but not past `end`. */
export function drawRanges(draw: Draw, bytes: number, end = bytes + PAST_END_BYTES): Range[] {
  const count = 1 + draw.below(draw.of(RANGES_MAX));
  const drawn = draw.of(RANGE_BYTES_MAX);
  const bytesMax = count > 40 ? Math.min(drawn, RANGE_BYTES_OF_MANY_MAX) : drawn;
  return Array.from({ length: count }, () => {
    const offset = draw.below(Math.max(1, end));
    return { offset, length: Math.min(draw.below(bytesMax), Math.max(0, end - offset)) };
  });
}

/** Reads the ranges, of an open file or of one by its path, and compares. @throws TesseraError, OracleViolation */
export async function checkRanges(
  file: FileHandle | { readonly client: Client; readonly path: string },
  content: Uint8Array,
  ranges: readonly Range[],
  draw: Draw,
  options: OperationOptions,
): Promise<void> {
  const path = 'client' in file ? file.path : 'an open file';
  let read: Uint8Array[];
  if (draw.chance(0.5)) {
    read = 'client' in file ? await file.client.readv(path, ranges, options) : await file.readv(ranges, options);
  } else {
    const buffer = new Uint8Array(ranges.reduce((sum, { length }) => sum + length, draw.below(3)));
    const counts =
      'client' in file
        ? await file.client.readvInto(path, buffer, ranges, options)
        : await file.readvInto(buffer, ranges, options);
    let start = 0;
    read = ranges.map(({ length }, index) => {
      start += length;
      return buffer.subarray(start - length, start - length + (counts[index] as number));
    });
  }
  if (read.length !== ranges.length) {
    throw new OracleViolation(`${path}: ${read.length} answers for ${ranges.length} ranges`);
  }
  for (const [index, { offset, length }] of ranges.entries()) {
    const expected = content.subarray(offset, offset + length);
    same(`${path}, range ${index} of ${ranges.length}, from ${offset}`, read[index] as Uint8Array, expected);
  }
}

/** Of a handle that only reads: closed whatever happens. */
export async function withReader<T>(handle: FileHandle, act: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await act(handle);
  } finally {
    await handle.close();
  }
}

/** Of a handle that writes: closed; after a failure, without what is not flushed. */
export async function withHandle<T>(handle: FileHandle, act: (handle: FileHandle) => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await act(handle);
  } catch (error) {
    await giveUp(handle);
    await handle.close().catch(() => {});
    throw error;
  }
  await handle.close();
  return result;
}

/** What is not flushed is not to be written. */
export async function giveUp(handle: FileHandle): Promise<void> {
  await handle.writableStream().abort(new Error('given up'));
}
