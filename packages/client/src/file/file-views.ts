import { TesseraError } from '@tessera/protocol';
import { bytes } from '../datatype/bytes.js';
import { checkWritable } from '../datatype/overlap.js';
import { spanOf } from '../datatype/span.js';
import { type TransferRequest, transfers } from '../datatype/transfers.js';
import { hvector } from '../datatype/vector.js';
import { view } from '../datatype/view.js';
import { BufferSink, PackedSink } from '../list/list-sinks.js';
import type { Scope } from '../scope.js';
import { checkBuffer, checkData, checkWhole } from './check-range.js';
import { type ListedFile, readList, type TransferList } from './file-lists.js';
import type { RangeData } from './list-api.js';
import type { StridedRange, ViewAccess } from './view-api.js';

const BYTES = bytes(1);

/** Answers how many of the bytes the file has. @throws TesseraError INVALID_ARGUMENT, … */
export async function readView(
  file: ListedFile,
  buffer: Uint8Array,
  access: ViewAccess,
  scope: Scope,
): Promise<number> {
  checkBuffer(buffer);
  const request = requestOf(buffer, access);
  const list = listOf(request);
  checkWritable(request.memory, request.memoryPosition ?? 0, request.length, 'memory');
  const sink = new BufferSink(buffer);
  await readList(file, list, sink, scope);
  return request.length - sink.cutBytes;
}

/** What to write where, as it is asked for; all of it has been checked. @throws TesseraError INVALID_ARGUMENT */
export function partsOfView(buffer: Uint8Array, access: ViewAccess): Iterable<RangeData> {
  checkData(buffer);
  const request = requestOf(buffer, access);
  const list = listOf(request);
  checkWritable(request.file, request.filePosition ?? 0, request.length);
  return partsOf(buffer, list);
}

export async function readStrided(file: ListedFile, range: StridedRange, scope: Scope): Promise<Uint8Array> {
  const request = stridedRequest(range, Number.MAX_SAFE_INTEGER);
  const sink = new PackedSink((fileBytes) => stridedBytes(range, fileBytes));
  await readList(file, listOf(request), sink, scope);
  return sink.bytes;
}

/** As `partsOfView`. */
export function partsOfStrided(range: StridedRange, data: Uint8Array): Iterable<RangeData> {
  checkData(data);
  const request = stridedRequest(range, data.length);
  if (request.length !== data.length) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `${range.count} blocks of ${range.blockBytes} bytes are ${request.length}, but there are ${data.length} to write`,
    );
  }
  return partsOf(data, listOf(request));
}

/** How many bytes the blocks have in a file of so many. */
export function stridedBytes({ offset, blockBytes, strideBytes, count }: StridedRange, fileBytes: number): number {
  if (fileBytes <= offset || count === 0) return 0;
  const before = Math.min(count - 1, strideBytes === 0 ? 0 : Math.floor((fileBytes - offset) / strideBytes));
  return before * blockBytes + Math.min(blockBytes, fileBytes - offset - before * strideBytes);
}

/** The request with its defaults filled in. @throws TesseraError INVALID_ARGUMENT */
export function requestOf(buffer: Uint8Array, access: ViewAccess): TransferRequest {
  const { memory, memoryPosition = 0, filePosition = 0, file } = access;
  if (access.length === undefined && memory !== undefined) {
    throw new TesseraError('INVALID_ARGUMENT', 'with a memory datatype, length must say how many bytes to move');
  }
  const length = access.length ?? Math.max(0, buffer.length - memoryPosition);
  const memoryBytes = buffer.length;
  return { memory: memory ?? view(BYTES), memoryBytes, memoryPosition, file, filePosition, length };
}

function stridedRequest(range: StridedRange, memoryBytes: number): TransferRequest {
  const { offset, blockBytes, strideBytes, count } = range;
  for (const [name, value] of Object.entries({ offset, blockBytes, strideBytes, count })) checkWhole(name, value);
  if (strideBytes < blockBytes && count > 1) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `blocks of ${blockBytes} bytes every ${strideBytes} overlap; use readv, or a view of datatype.hvector`,
    );
  }
  const type = hvector(count, blockBytes, strideBytes, BYTES);
  return { memory: view(BYTES), memoryBytes, file: view(type, offset), length: type.size };
}

/** @throws TesseraError INVALID_ARGUMENT */
function listOf(request: TransferRequest): TransferList {
  // Checks the whole access.
  transfers(request);
  const { start, end } = spanOf(request.file, request.filePosition ?? 0, request.length);
  return { transfers: () => transfers(request), span: { from: start, to: end } };
}

function* partsOf(buffer: Uint8Array, list: TransferList): Generator<RangeData> {
  const walk = list.transfers();
  for (let next = walk.next(); !next.done; next = walk.next()) {
    const { fileOffset, memoryOffset, length } = next.value;
    yield { offset: fileOffset, data: buffer.subarray(memoryOffset, memoryOffset + length) };
  }
}
