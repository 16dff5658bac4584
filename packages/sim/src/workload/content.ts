/** What some file holds: enough to make the same bytes again. */
export interface ContentTag {
  /** No two contents of a run have the same. */
  readonly id: number;
  readonly bytes: number;
}

/** The bytes of a tag: two tags share no block by chance, and equal tags give equal bytes. */
export function contentOf({ id, bytes }: ContentTag): Uint8Array {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  let state = Math.imul(id + 1, 0x9e3779b1) | 1;
  for (let index = 0; index < words.length; index++) {
    // xorshift32: its period is far longer than any file here.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, bytes);
}

/** Undefined when equal, else the first offset that differs. */
export function firstDifference(actual: Uint8Array, expected: Uint8Array): number | undefined {
  if (Buffer.compare(actual, expected) === 0) return undefined;
  const common = Math.min(actual.length, expected.length);
  for (let offset = 0; offset < common; offset++) if (actual[offset] !== expected[offset]) return offset;
  return common;
}
