import { TesseraError } from '@tessera/protocol';
import type { ByteRange } from '../datatype/flatten.js';
import type { Transfer } from '../datatype/transfers.js';
import type { ListSink } from './list-reader.js';
import type { Span } from './span-resolver.js';

/** Ranges laid out in memory one after the other, in the order of their list. */
export class RangePlaces {
  readonly ranges: readonly ByteRange[];
  /** Of all ranges together. */
  readonly bytes: number;
  readonly #starts: Float64Array;

  constructor(ranges: readonly ByteRange[]) {
    this.ranges = ranges;
    this.#starts = new Float64Array(ranges.length);
    let bytes = 0;
    for (const [index, { length }] of ranges.entries()) {
      this.#starts[index] = bytes;
      bytes += length;
    }
    this.bytes = bytes;
  }

  startOf(index: number): number {
    return this.#starts[index] as number;
  }

  /** The range that has this byte. */
  indexAt(memoryOffset: number): number {
    let [below, above] = [0, this.#starts.length];
    while (above - below > 1) {
      const middle = (below + above) >>> 1;
      if ((this.#starts[middle] as number) <= memoryOffset) below = middle;
      else above = middle;
    }
    return below;
  }

  /** The stretch of the file that holds all ranges. */
  get span(): Span {
    let [from, to] = [Number.MAX_SAFE_INTEGER, 0];
    for (const { offset, length } of this.ranges) {
      from = Math.min(from, offset);
      to = Math.max(to, offset + length);
    }
    return { from: Math.min(from, to), to };
  }

  *transfers(): Generator<Transfer, void, undefined> {
    for (const [index, { offset, length }] of this.ranges.entries()) {
      yield { fileOffset: offset, length, memoryOffset: this.startOf(index) };
    }
  }
}

/** One buffer, and how many bytes the file did not have. */
export class BufferSink implements ListSink {
  readonly #buffer: Uint8Array;
  #cutBytes = 0;

  constructor(buffer: Uint8Array) {
    this.#buffer = buffer;
  }

  get cutBytes(): number {
    return this.#cutBytes;
  }

  begin(_fileBytes: number): void {
    this.#cutBytes = 0;
  }

  put(memoryOffset: number, bytes: Uint8Array): void {
    this.#buffer.set(bytes, memoryOffset);
  }

  clear(memoryOffset: number, length: number): void {
    this.#buffer.fill(0, memoryOffset, memoryOffset + length);
  }

  cut(_memoryOffset: number, length: number): void {
    this.#cutBytes += length;
  }
}

/** One buffer, and how many bytes of each range the file has. */
export class RangesSink extends BufferSink {
  readonly #places: RangePlaces;
  #counts: number[] = [];

  constructor(buffer: Uint8Array, places: RangePlaces) {
    super(buffer);
    this.#places = places;
  }

  get counts(): number[] {
    return this.#counts;
  }

  override begin(fileBytes: number): void {
    super.begin(fileBytes);
    this.#counts = this.#places.ranges.map(({ length }) => length);
  }

  override cut(memoryOffset: number, length: number): void {
    super.cut(memoryOffset, length);
    const index = this.#places.indexAt(memoryOffset);
    this.#counts[index] = (this.#counts[index] as number) - length;
  }
}

/** An array for each range, as long as the file lets it be. */
export class ArraysSink implements ListSink {
  readonly #places: RangePlaces;
  #arrays: Uint8Array[] = [];

  constructor(places: RangePlaces) {
    this.#places = places;
  }

  get arrays(): Uint8Array[] {
    return this.#arrays;
  }

  begin(fileBytes: number): void {
    this.#arrays = this.#places.ranges.map(({ offset, length }) => zeros(Math.min(length, fileBytes - offset)));
  }

  put(memoryOffset: number, bytes: Uint8Array): void {
    const index = this.#places.indexAt(memoryOffset);
    this.#arrays[index]?.set(bytes, memoryOffset - this.#places.startOf(index));
  }

  clear(): void {}

  cut(memoryOffset: number): void {
    const index = this.#places.indexAt(memoryOffset);
    const array = this.#arrays[index] as Uint8Array;
    const bytes = memoryOffset - this.#places.startOf(index);
    if (bytes < array.length) this.#arrays[index] = array.slice(0, bytes);
  }
}

/** One array for bytes that end where the file does. */
export class PackedSink implements ListSink {
  readonly #bytesIn: (fileBytes: number) => number;
  #bytes: Uint8Array = new Uint8Array();

  /** `bytesIn`: how many there are in a file of so many bytes. */
  constructor(bytesIn: (fileBytes: number) => number) {
    this.#bytesIn = bytesIn;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  begin(fileBytes: number): void {
    this.#bytes = zeros(this.#bytesIn(fileBytes));
  }

  put(memoryOffset: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, memoryOffset);
  }

  clear(): void {}

  cut(memoryOffset: number): void {
    if (memoryOffset < this.#bytes.length) this.#bytes = this.#bytes.slice(0, memoryOffset);
  }
}

function zeros(bytes: number): Uint8Array {
  try {
    return new Uint8Array(Math.max(0, bytes));
  } catch (cause) {
    throw new TesseraError('TOO_LARGE', `there is no memory for a range of ${bytes} bytes: read less at a time`, {
      cause,
    });
  }
}
