import { checkDatatype, type Datatype } from './datatype.js';
import { ShapeCursor } from './shape-cursor.js';

/** `length` bytes from `offset` on. */
export interface ByteRange {
  /** First byte. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/**
 * The bytes of one copy of a datatype, relative to where it is placed, as ranges in the order of its data; ranges that
 * touch in that order are one. They are made as they are asked for: a datatype of millions of ranges costs no memory.
 */
export function flatten(type: Datatype): IterableIterator<ByteRange> {
  checkDatatype('flatten', 'type', type);
  return walk(type);
}

function* walk({ shape }: Datatype): Generator<ByteRange, void, undefined> {
  if (shape === undefined) return;
  const cursor = new ShapeCursor(shape);
  let { offset, length } = cursor;
  while (cursor.next()) {
    if (cursor.offset === offset + length) {
      length += cursor.length;
    } else {
      yield { offset, length };
      ({ offset, length } = cursor);
    }
  }
  yield { offset, length };
}
