import { TesseraError } from '@tessera/protocol';
import { checkWritable } from '../datatype/overlap.js';
import { transfers } from '../datatype/transfers.js';
import { checkBuffer } from '../file/check-range.js';
import { requestOf } from '../file/file-views.js';
import type { ViewAccess } from '../file/view-api.js';
import { firstAbove, RangeSet } from './range-set.js';

/** One rank's part of a collective call: which bytes of its buffer go with which bytes of the file. */
export class AccessPlan {
  static readonly EMPTY = new AccessPlan(new Uint8Array(0), []);

  readonly ranges: RangeSet;
  readonly #buffer: Uint8Array;
  /** By offset in the file. */
  readonly #fileOffsets: Float64Array;
  readonly #memoryOffsets: Float64Array;
  readonly #lengths: Float64Array;
  /** Where the farthest of the transfers up to each one ends: reads may overlap. */
  readonly #reach: Float64Array;

  private constructor(buffer: Uint8Array, moves: { fileOffset: number; memoryOffset: number; length: number }[]) {
    moves.sort((left, right) => left.fileOffset - right.fileOffset);
    this.#buffer = buffer;
    this.#fileOffsets = Float64Array.from(moves, ({ fileOffset }) => fileOffset);
    this.#memoryOffsets = Float64Array.from(moves, ({ memoryOffset }) => memoryOffset);
    this.#lengths = Float64Array.from(moves, ({ length }) => length);
    let reach = 0;
    this.#reach = Float64Array.from(moves, ({ fileOffset, length }) => {
      reach = Math.max(reach, fileOffset + length);
      return reach;
    });
    const ends = Float64Array.from(moves, ({ fileOffset, length }) => fileOffset + length);
    this.ranges = RangeSet.covering(this.#fileOffsets.slice(), ends);
  }

  /** @throws TesseraError INVALID_ARGUMENT: as of `readView` and `writeView`; TOO_LARGE: too many ranges */
  static of(direction: 'read' | 'write', buffer: Uint8Array, access: ViewAccess, rangesMax: number): AccessPlan {
    checkBuffer(buffer);
    const request = requestOf(buffer, access);
    const walk = transfers(request);
    if (direction === 'write') checkWritable(request.file, request.filePosition ?? 0, request.length);
    else checkWritable(request.memory, request.memoryPosition ?? 0, request.length, 'memory');
    const moves = [];
    for (const move of walk) {
      if (moves.length === rangesMax) {
        throw new TesseraError(
          'TOO_LARGE',
          `it has more than ${rangesMax} ranges in one collective call; make several calls of fewer`,
        );
      }
      moves.push(move);
    }
    return new AccessPlan(buffer, moves);
  }

  /** Bytes of the buffer that take part. */
  get bytes(): number {
    return this.#lengths.reduce((sum, length) => sum + length, 0);
  }

  /** The packed bytes of what it has in [from, to). */
  pack(from: number, to: number): Uint8Array {
    const base = this.ranges.packedBefore(from);
    const packed = new Uint8Array(this.ranges.packedBefore(to) - base);
    this.#each(from, to, (offset, memoryOffset, length) => {
      packed.set(this.#buffer.subarray(memoryOffset, memoryOffset + length), this.ranges.packedBefore(offset) - base);
    });
    return packed;
  }

  /** Puts packed bytes of [from, to) where they belong; answers how many bytes of the buffer that were. */
  unpack(from: number, to: number, packed: Uint8Array): number {
    const base = this.ranges.packedBefore(from);
    let bytes = 0;
    this.#each(from, to, (offset, memoryOffset, length) => {
      const at = this.ranges.packedBefore(offset) - base;
      this.#buffer.set(packed.subarray(at, at + length), memoryOffset);
      bytes += length;
    });
    return bytes;
  }

  #each(from: number, to: number, move: (offset: number, memoryOffset: number, length: number) => void): void {
    for (let index = firstAbove(this.#reach, from); index < this.#fileOffsets.length; index++) {
      const offset = this.#fileOffsets[index] as number;
      if (offset >= to) return;
      const start = Math.max(offset, from);
      const end = Math.min(offset + (this.#lengths[index] as number), to);
      if (start < end) move(start, (this.#memoryOffsets[index] as number) + (start - offset), end - start);
    }
  }
}
