import { TesseraError } from '@tessera/protocol';
import { areDisjoint } from '../datatype/overlap.js';
import { RANGES_PER_CALL_MAX } from './limits.js';

/**
 * Disjoint ranges of a file in ascending order. Their bytes, one range after the other, are its *packed* bytes: that is
 * how they travel.
 */
export class RangeSet {
  static readonly EMPTY = new RangeSet(new Float64Array(0), new Float64Array(0));

  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  /** Packed bytes before each range, and behind the last. */
  readonly #before: Float64Array;

  private constructor(starts: Float64Array, ends: Float64Array) {
    this.#starts = starts;
    this.#ends = ends;
    this.#before = new Float64Array(starts.length + 1);
    for (let index = 0; index < starts.length; index++) {
      const length = (ends[index] as number) - (starts[index] as number);
      this.#before[index + 1] = (this.#before[index] as number) + length;
    }
  }

  /** Of ranges that may touch or overlap; both arrays are sorted in place, each for itself. */
  static covering(starts: Float64Array, ends: Float64Array): RangeSet {
    starts.sort();
    ends.sort();
    const runStarts: number[] = [];
    const runEnds: number[] = [];
    for (let begun = 0; begun < starts.length; ) {
      runStarts.push(starts[begun] as number);
      // A run ends where as many ranges have ended as have begun, and the next begins later.
      do begun++;
      while (begun < starts.length && (starts[begun] as number) <= (ends[begun - 1] as number));
      runEnds.push(ends[begun - 1] as number);
    }
    return new RangeSet(Float64Array.from(runStarts), Float64Array.from(runEnds));
  }

  static union(sets: readonly RangeSet[]): RangeSet {
    return RangeSet.covering(joined(sets.map((set) => set.#starts)), joined(sets.map((set) => set.#ends)));
  }

  /** @throws TesseraError INVALID_ARGUMENT for bytes that no `encode` made */
  static decode(bytes: Uint8Array): RangeSet {
    const starts: number[] = [];
    const ends: number[] = [];
    let place = 0;
    let at = 0;
    const next = () => {
      let value = 0;
      for (let unit = 1; ; unit *= 128) {
        const byte = bytes[at++];
        if (byte === undefined || unit > 2 ** 49) throw malformed();
        value += (byte & 127) * unit;
        if (byte < 128) return value;
      }
    };
    while (at < bytes.length) {
      const start = place + next();
      place = start + next();
      if (!Number.isSafeInteger(place) || place === start || starts.length === RANGES_PER_CALL_MAX) throw malformed();
      starts.push(start);
      ends.push(place);
    }
    return new RangeSet(Float64Array.from(starts), Float64Array.from(ends));
  }

  /** The gap before each range and its length, 7 bits a byte, the lowest first: at most 16 bytes a range. */
  encode(): Uint8Array {
    const bytes = new Uint8Array(16 * this.count);
    let at = 0;
    let place = 0;
    const put = (value: number) => {
      let rest = value;
      for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
      bytes[at++] = rest;
    };
    for (const { start, end } of this) {
      put(start - place);
      put(end - start);
      place = end;
    }
    return bytes.slice(0, at);
  }

  get count(): number {
    return this.#starts.length;
  }

  /** Packed bytes. */
  get bytes(): number {
    return this.#before[this.count] as number;
  }

  /** The first byte; 0 when there is none. */
  get start(): number {
    return this.#starts[0] ?? 0;
  }

  /** The byte after the last; 0 when there is none. */
  get end(): number {
    return this.#ends[this.count - 1] ?? 0;
  }

  *[Symbol.iterator](): Generator<{ start: number; end: number }> {
    for (let index = 0; index < this.count; index++) {
      yield { start: this.#starts[index] as number, end: this.#ends[index] as number };
    }
  }

  /** What of it lies in [from, to). */
  within(from: number, to: number): RangeSet {
    const first = firstAbove(this.#ends, from);
    let last = first;
    while (last < this.count && (this.#starts[last] as number) < to) last++;
    const starts = this.#starts.slice(first, last);
    const ends = this.#ends.slice(first, last);
    if (starts.length === 0) return RangeSet.EMPTY;
    starts[0] = Math.max(starts[0] as number, from);
    ends[ends.length - 1] = Math.min(ends[ends.length - 1] as number, to);
    return from < to ? new RangeSet(starts, ends) : RangeSet.EMPTY;
  }

  /** Packed bytes before the file's byte `offset`. */
  packedBefore(offset: number): number {
    const index = firstAbove(this.#ends, offset);
    const start = this.#starts[index];
    const inside = start === undefined ? 0 : Math.max(0, offset - start);
    return (this.#before[index] as number) + inside;
  }

  /** Where in the file the packed byte `position` lies; the end for the one after the last. */
  offsetOf(position: number): number {
    if (position >= this.bytes) return this.end;
    const index = firstAbove(this.#before, position) - 1;
    return (this.#starts[index] as number) + position - (this.#before[index] as number);
  }

  /** Whether no two of the sets have a byte in common. */
  static areDisjoint(sets: readonly RangeSet[]): boolean {
    return areDisjoint(joined(sets.map((set) => set.#starts)), joined(sets.map((set) => set.#ends)));
  }
}

/** The first index whose value is above the limit, in ascending values. */
export function firstAbove(values: Float64Array, limit: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

function joined(arrays: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

function malformed(): TesseraError {
  return new TesseraError('INVALID_ARGUMENT', 'a list of ranges is malformed');
}
