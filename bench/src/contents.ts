import { createCipheriv } from 'node:crypto';

const POOL_BYTES = 64 * 1024 * 1024;

/**
 * Distinct incompressible contents, made before any clock starts: slices at changing offsets of one pool, which is the same
 * in every process.
 */
export class Contents {
  readonly #pool = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(POOL_BYTES));

  /** The content with this number; the same every time. */
  bytes(index: number, length: number): Uint8Array {
    const offset = (index * 1_000_003 * 64) % (POOL_BYTES - length);
    return new Uint8Array(this.#pool.buffer, this.#pool.byteOffset + offset, length);
  }
}

/** @throws Error when the bytes differ: a benchmark of wrong answers measures nothing */
export function expectSame(got: Uint8Array, wanted: Uint8Array): void {
  if (Buffer.compare(got, wanted) !== 0) throw new Error('bytes came back different');
}
