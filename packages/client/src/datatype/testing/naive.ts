import {
  bytes,
  contiguous,
  type Datatype,
  hindexed,
  hindexedBlock,
  hvector,
  indexed,
  indexedBlock,
  resized,
  struct,
  subarray,
  vector,
} from '../index.js';
import { Tape } from './tape.js';

/**
 * A datatype as the MPI standard defines it: byte for byte, with the markers that `resized` sets. Written from the
 * definitions, without any of the structure that the real one lives by.
 */
export interface Naive {
  /** Where each byte of the data lies, in order. */
  readonly data: readonly number[];
  readonly lowerMarkers: readonly number[];
  readonly upperMarkers: readonly number[];
}

/** The same datatype, said in both ways. */
export interface Twin {
  readonly naive: Naive;
  readonly real: Datatype;
}

export function lowerOf({ lowerMarkers, data }: Naive): number {
  if (lowerMarkers.length > 0) return Math.min(...lowerMarkers);
  return data.length > 0 ? Math.min(...data) : 0;
}

export function upperOf({ upperMarkers, data }: Naive): number {
  if (upperMarkers.length > 0) return Math.max(...upperMarkers);
  return data.length > 0 ? Math.max(...data) + 1 : 0;
}

export function extentOf(naive: Naive): number {
  return upperOf(naive) - lowerOf(naive);
}

function join(parts: readonly Naive[]): Naive {
  return {
    data: parts.flatMap(({ data }) => data),
    lowerMarkers: parts.flatMap(({ lowerMarkers }) => lowerMarkers),
    upperMarkers: parts.flatMap(({ upperMarkers }) => upperMarkers),
  };
}

function shift({ data, lowerMarkers, upperMarkers }: Naive, by: number): Naive {
  const move = (at: number) => at + by;
  return { data: data.map(move), lowerMarkers: lowerMarkers.map(move), upperMarkers: upperMarkers.map(move) };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** `count` copies side by side. */
export function row(naive: Naive, count: number): Naive {
  return join(range(count).map((index) => shift(naive, index * extentOf(naive))));
}

/** Where the bytes of the first `length` bytes of the view's stream lie. */
export function stream(naive: Naive, displacement: number, length: number): number[] {
  const copies = naive.data.length === 0 ? 0 : Math.ceil(length / naive.data.length);
  return shift(row(naive, copies), displacement).data.slice(0, length);
}

function box(sizes: readonly number[], subsizes: readonly number[], starts: readonly number[]): number[] {
  let elements = [0];
  for (const [dimension, size] of sizes.entries()) {
    elements = elements.flatMap((before) =>
      range(subsizes[dimension] as number).map((index) => before * size + (starts[dimension] as number) + index),
    );
  }
  return elements;
}

/** More would only make the tests slow. */
const BYTES_MAX = 600;

/** Datatypes of up to three levels, as the bytes of a tape choose. */
export function twinFrom(bytes: Uint8Array): Twin {
  return nested(new Tape(bytes), 3);
}

function nested(tape: Tape, levels: number): Twin {
  if (levels === 0) return leaf(tape);
  const inner = nested(tape, levels - 1);
  if (tape.between(0, 3) === 0) return inner;
  const outer = combine(tape, inner, () => nested(tape, levels - 1));
  return outer.naive.data.length <= BYTES_MAX ? outer : inner;
}

function leaf(tape: Tape): Twin {
  const length = few(tape);
  return { naive: { data: range(length), lowerMarkers: [], upperMarkers: [] }, real: bytes(length) };
}

/** Mostly above 0, or nearly everything would be empty. */
function few(tape: Tape): number {
  return tape.between(0, 15) === 15 ? 0 : tape.between(1, 3);
}

function combine(tape: Tape, { naive, real }: Twin, another: () => Twin): Twin {
  const count = () => few(tape);
  const place = () => tape.between(-6, 12);
  const extent = extentOf(naive);
  switch (tape.between(0, 7)) {
    case 0: {
      const n = count();
      return { naive: row(naive, n), real: contiguous(n, real) };
    }
    case 1: {
      const [n, length, step] = [count(), count(), place()];
      const blocks = range(n).map((index) => shift(row(naive, length), index * step * extent));
      return { naive: join(blocks), real: vector(n, length, step, real) };
    }
    case 2: {
      const [n, length, step] = [count(), count(), place()];
      const blocks = range(n).map((index) => shift(row(naive, length), index * step));
      return { naive: join(blocks), real: hvector(n, length, step, real) };
    }
    case 3: {
      const inBytes = tape.flag();
      const blocks = tape.list(4, () => ({ length: count(), at: place() }));
      const lengths = blocks.map(({ length }) => length);
      const places = blocks.map(({ at }) => at);
      return {
        naive: join(blocks.map(({ length, at }) => shift(row(naive, length), inBytes ? at : at * extent))),
        real: (inBytes ? hindexed : indexed)(lengths, places, real),
      };
    }
    case 4: {
      const inBytes = tape.flag();
      const length = count();
      const places = tape.list(4, place);
      return {
        naive: join(places.map((at) => shift(row(naive, length), inBytes ? at : at * extent))),
        real: (inBytes ? hindexedBlock : indexedBlock)(length, Float64Array.from(places), real),
      };
    }
    case 5: {
      const twins = [{ naive, real }, ...tape.list(2, another)];
      const fields = twins.map((twin) => ({ ...twin, n: count(), at: place() }));
      return {
        naive: join(fields.map((field) => shift(row(field.naive, field.n), field.at))),
        real: struct(fields.map((field) => ({ type: field.real, count: field.n, offset: field.at }))),
      };
    }
    case 6: {
      const dimensions = range(tape.between(1, 3)).map(() => ({ start: count(), subsize: count(), rest: count() }));
      const sizes = dimensions.map(({ start, subsize, rest }) => start + subsize + rest);
      const subsizes = dimensions.map(({ subsize }) => subsize);
      const starts = dimensions.map(({ start }) => start);
      const elements = box(sizes, subsizes, starts).map((element) => shift(naive, element * extent));
      const end = sizes.reduce((product, size) => product * size, extent);
      return {
        naive: { data: join(elements).data, lowerMarkers: [0], upperMarkers: [end] },
        real: subarray({ sizes, subsizes, starts }, real),
      };
    }
    default: {
      const [lower, wide] = [place(), tape.between(0, 12)];
      return {
        naive: { data: naive.data, lowerMarkers: [lower], upperMarkers: [lower + wide] },
        real: resized(real, lower, wide),
      };
    }
  }
}
