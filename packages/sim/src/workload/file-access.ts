import {
  type Client,
  datatype,
  type FileHandle,
  type OperationOptions,
  type RangeData,
  type StridedRange,
} from '@tessera/client';
import type { Draw } from '../draw.js';
import { OracleViolation } from '../oracle/violation.js';
import { firstDifference } from './content.js';

/** Bytes of a file that one call reads or writes: blocks at equal distances, or some of them. */
export interface Blocks {
  readonly strided: StridedRange;
  /** Ascending, apart, not empty. */
  readonly ranges: readonly { readonly offset: number; readonly length: number }[];
}

/** How one call covers many ranges. */
export type ListWay = 'list' | 'view' | 'strided';

/** How bytes go into a file, or come out of it, one after the other. */
export type StreamWay = 'call' | 'stream' | 'web stream';

const WAYS = ['list', 'view'] as const;
const STREAM_WAYS = ['call', 'call', 'stream', 'web stream'] as const;
const STREAM_PIECES = 3;
const BLOCKS_LEFT_OUT_SHARE = 0.2;
const BYTE = datatype.bytes(1);
/** Each byte is a range of its own then. */
const REVERSED_BYTES_MAX = 500;

export function drawStreamWay(draw: Draw): StreamWay {
  return draw.of(STREAM_WAYS);
}

/** Up to `blocksMax` blocks somewhere in the first `fileBytes` bytes. */
export function drawBlocks(draw: Draw, fileBytes: number, blocksMax: number): { blocks: Blocks; way: ListWay } {
  const count = 1 + draw.below(blocksMax);
  const strideBytes = 1 + draw.below(Math.max(1, Math.floor(fileBytes / count)));
  const blockBytes = 1 + draw.below(strideBytes);
  const strided = { offset: draw.below(fileBytes), blockBytes, strideBytes, count };
  const all = Array.from({ length: count }, (_, index) => ({
    offset: strided.offset + index * strideBytes,
    length: blockBytes,
  }));
  if (draw.chance(0.3)) return { blocks: { strided, ranges: all }, way: 'strided' };
  const some = all.filter((_, index) => index === 0 || !draw.chance(BLOCKS_LEFT_OUT_SHARE));
  return { blocks: { strided, ranges: some }, way: draw.of(WAYS) };
}

export function bytesOf({ ranges }: Blocks): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}

/** Gives the handle all blocks, which have the bytes of `data` one after the other. They are not flushed. */
export async function writeBlocks(
  handle: FileHandle,
  { strided, ranges }: Blocks,
  data: Uint8Array,
  way: ListWay,
  options: OperationOptions,
): Promise<void> {
  if (way === 'strided') return handle.writeStrided(strided, data, options);
  if (way === 'view') return handle.writeView(data, { file: viewOf(ranges) }, options);
  await handle.writev(partsOf({ ranges }, data), options);
}

/** The blocks with their bytes, in no order. */
export function partsOf({ ranges }: Pick<Blocks, 'ranges'>, data: Uint8Array): RangeData[] {
  let start = 0;
  const parts = ranges.map(({ offset, length }) => {
    start += length;
    return { offset, data: data.subarray(start - length, start) };
  });
  return parts.reverse();
}

/** The bytes that the file has of the blocks, one after the other. */
export async function readBlocks(
  handle: FileHandle,
  { strided, ranges }: Blocks,
  way: ListWay,
  options: OperationOptions,
): Promise<Uint8Array> {
  if (way === 'strided') return handle.readStrided(strided, options);
  const wanted = ranges.reduce((sum, { length }) => sum + length, 0);
  const buffer = new Uint8Array(wanted);
  if (way === 'view') {
    // From its end on, in memory.
    const memory = datatype.view(datatype.hvector(wanted, 1, -1, BYTE), wanted - 1);
    const isReversed = wanted % 2 === 1 && wanted < REVERSED_BYTES_MAX;
    const bytes = await handle.readView(
      buffer,
      { file: viewOf(ranges), length: wanted, ...(isReversed && { memory }) },
      options,
    );
    return isReversed ? buffer.reverse().subarray(0, bytes) : buffer.subarray(0, bytes);
  }
  return readRanges(undefined, handle, { ranges }, options);
}

/** Likewise, of an open file or of one by its path. */
export async function readRanges(
  path: string | undefined,
  from: FileHandle | Client,
  { ranges }: Pick<Blocks, 'ranges'>,
  options: OperationOptions,
): Promise<Uint8Array> {
  const isWhole = ranges.length % 2 === 0;
  const buffer = new Uint8Array(ranges.reduce((sum, { length }) => sum + length, 0));
  let found: number[];
  if (path === undefined) {
    const handle = from as FileHandle;
    if (isWhole) return Buffer.concat(await handle.readv(ranges, options));
    found = await handle.readvInto(buffer, ranges, options);
  } else {
    const client = from as Client;
    if (isWhole) return Buffer.concat(await client.readv(path, ranges, options));
    found = await client.readvInto(path, buffer, ranges, options);
  }
  let start = 0;
  return Buffer.concat(
    ranges.map(({ length }, index) => {
      start += length;
      return buffer.subarray(start - length, start - length + (found[index] as number));
    }),
  );
}

/** What was written and not flushed is seen by the handle itself. @throws OracleViolation */
export async function readBack(handle: FileHandle, offset: number, data: Uint8Array): Promise<void> {
  sameAsWritten(await handle.read(offset, data.length), data);
}

/** What a handle reads of what was written through it. @throws OracleViolation */
export function sameAsWritten(read: Uint8Array, written: Uint8Array): void {
  const at = firstDifference(read, written);
  if (at === undefined) return;
  throw new OracleViolation(`a handle does not read what was written through it: byte ${at} of it differs`);
}

/** Writes `data` in pieces and flushes it. */
export async function streamInto(handle: FileHandle, offset: number, data: Uint8Array, way: StreamWay): Promise<void> {
  const pieces = inPieces(data);
  if (way === 'web stream') {
    const writer = handle.writableStream({ start: offset }).getWriter();
    for (const piece of pieces) await writer.write(piece);
    await writer.close();
    return;
  }
  const stream = handle.writable({ start: offset });
  await new Promise<void>((resolve, reject) => {
    stream.once('error', reject).once('finish', resolve);
    for (const piece of pieces) stream.write(piece);
    stream.end();
  });
}

/** Reads a range as a stream. */
export async function streamOutOf(
  handle: FileHandle,
  offset: number,
  length: number,
  way: StreamWay,
  options: OperationOptions,
): Promise<Uint8Array> {
  const range = { ...options, start: offset, end: offset + length };
  const pieces: Uint8Array[] = [];
  const source = way === 'web stream' ? handle.readableStream(range) : handle.readable(range);
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

export function inPieces(data: Uint8Array): Uint8Array[] {
  const bytes = Math.max(1, Math.ceil(data.length / STREAM_PIECES));
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += bytes) pieces.push(data.subarray(at, at + bytes));
  return pieces;
}

/** The same bytes can be said in many ways; their number decides. */
function viewOf(ranges: Blocks['ranges']): datatype.View {
  const lengths = ranges.map(({ length }) => length);
  const displacements = ranges.map(({ offset }) => offset);
  const [first] = lengths;
  const areAlike = lengths.every((length) => length === first);
  const types = [
    () => datatype.hindexed(lengths, displacements, BYTE),
    () => datatype.indexed(lengths, displacements, BYTE),
    () => datatype.struct(ranges.map(({ offset, length }) => ({ type: datatype.bytes(length), offset, count: 1 }))),
    () =>
      areAlike
        ? datatype.hindexedBlock(1, displacements, datatype.contiguous(first ?? 0, BYTE))
        : datatype.hindexed(lengths, displacements, datatype.vector(1, 1, 1, BYTE)),
    () => (areAlike ? datatype.indexedBlock(first ?? 0, displacements, BYTE) : nested(ranges)),
  ];
  // It repeats without end: the length of the access says how much of it is meant.
  return datatype.view((types[ranges.length % types.length] as () => datatype.Datatype)(), 0);
}

/** Each range as a row of a box. */
function nested(ranges: Blocks['ranges']): datatype.Datatype {
  return datatype.struct(
    ranges.map(({ offset, length }) => {
      const row = datatype.subarray({ sizes: [1, offset + length], subsizes: [1, length], starts: [0, offset] }, BYTE);
      return { type: row, offset: 0, count: 1 };
    }),
  );
}
