import { TesseraError, type v1 } from '@tessera/protocol';
import type { ByteRange } from '../datatype/flatten.js';
import { areDisjoint } from '../datatype/overlap.js';
import type { Transfer } from '../datatype/transfers.js';
import type { ListReader, ListSink } from '../list/list-reader.js';
import { ArraysSink, RangePlaces, RangesSink } from '../list/list-sinks.js';
import type { Span } from '../list/span-resolver.js';
import type { Scope } from '../scope.js';
import { checkBuffer, checkData, checkRange, checkWhole } from './check-range.js';
import type { RangeData } from './list-api.js';
import type { UnflushedBytes } from './pending-writes.js';
import type { WriteBehind } from './write-behind.js';

/** A file whose lists are read. */
export interface ListedFile {
  readonly lists: Pick<ListReader, 'read'>;
  readonly node: v1.NodeRef.$Properties;
  /** What is unflushed of it. */
  readonly behind: Pick<WriteBehind, 'end' | 'layers'> | undefined;
}

/** Transfers of one file, as often as they are walked over. */
export interface TransferList {
  transfers(): Iterator<Transfer>;
  /** Holds them all. */
  readonly span: Span;
}

/** Reads a list under what is unflushed as of the call. @throws TesseraError */
export async function readList(file: ListedFile, list: TransferList, sink: ListSink, scope: Scope): Promise<void> {
  const { lists, node, behind } = file;
  const bytesMin = behind?.end ?? 0;
  const layers = bytesMin === 0 ? [] : (behind?.layers(list.span.from, list.span.to) ?? []);
  await lists.read({ node, transfers: () => list.transfers(), bytesMin, sink }, scope);
  if (layers.every((layer) => layer.length === 0)) return;
  const walk = list.transfers();
  for (let next = walk.next(); !next.done; next = walk.next()) {
    for (const layer of layers) putOver(layer, next.value, sink);
  }
}

/** @throws TesseraError INVALID_ARGUMENT, OUT_OF_RANGE, … */
export async function readArrays(file: ListedFile, ranges: readonly ByteRange[], scope: Scope): Promise<Uint8Array[]> {
  checkRanges(ranges);
  const places = new RangePlaces(ranges);
  const sink = new ArraysSink(places);
  await readList(file, places, sink, scope);
  return sink.arrays;
}

/** Answers how many bytes of each range the file has. @throws TesseraError INVALID_ARGUMENT, OUT_OF_RANGE, … */
export async function readInto(
  file: ListedFile,
  buffer: Uint8Array,
  ranges: readonly ByteRange[],
  scope: Scope,
): Promise<number[]> {
  checkBuffer(buffer);
  checkRanges(ranges);
  const places = new RangePlaces(ranges);
  if (places.bytes > buffer.length) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `the ranges have ${places.bytes} bytes, the buffer ${buffer.length}: give a larger buffer or read less`,
    );
  }
  const sink = new RangesSink(buffer, places);
  await readList(file, places, sink, scope);
  return sink.counts;
}

/** What may be written in one call. @throws TesseraError INVALID_ARGUMENT, OUT_OF_RANGE: also for parts that overlap */
export function checkedParts(parts: readonly RangeData[]): readonly RangeData[] {
  for (const { offset, data } of parts) {
    checkWhole('offset', offset);
    checkData(data);
    checkRange(offset, data.length);
  }
  const filled = parts.filter(({ data }) => data.length > 0);
  const starts = Float64Array.from(filled, ({ offset }) => offset);
  const ends = Float64Array.from(filled, ({ offset, data }) => offset + data.length);
  if (!areDisjoint(starts, ends)) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      'parts to write overlap, so what the file would hold is open; write overlapping parts one after the other',
    );
  }
  return parts;
}

function checkRanges(ranges: readonly ByteRange[]): void {
  for (const { offset, length } of ranges) {
    checkWhole('offset', offset);
    checkWhole('length', length);
    checkRange(offset, length);
  }
}

function putOver(layer: readonly UnflushedBytes[], transfer: Transfer, sink: ListSink): void {
  const { fileOffset, length, memoryOffset } = transfer;
  const end = fileOffset + length;
  for (let index = firstEndingAfter(layer, fileOffset); index < layer.length; index++) {
    const { offset, bytes } = layer[index] as UnflushedBytes;
    if (offset >= end) return;
    const from = Math.max(offset, fileOffset);
    const to = Math.min(offset + bytes.length, end);
    if (from < to) sink.put(memoryOffset + (from - fileOffset), bytes.subarray(from - offset, to - offset));
  }
}

function firstEndingAfter(layer: readonly UnflushedBytes[], offset: number): number {
  let [low, high] = [0, layer.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const run = layer[middle] as UnflushedBytes;
    if (run.offset + run.bytes.length > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}
