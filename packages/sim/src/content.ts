import { SimulatedRandom } from '@tessera/env/simulated';

/** What some file held: enough to make the same bytes again. */
export interface ContentTag {
  seed: string;
  bytes: number;
}

/** The bytes of a tag; two tags never share content by chance. */
export function contentOf(tag: ContentTag): Uint8Array {
  return new SimulatedRandom(tag.seed).fill(new Uint8Array(tag.bytes));
}

/** Undefined when equal, else the first offset that differs. */
export function firstDifference(actual: Uint8Array, expected: Uint8Array): number | undefined {
  const common = Math.min(actual.length, expected.length);
  for (let offset = 0; offset < common; offset++) if (actual[offset] !== expected[offset]) return offset;
  return actual.length === expected.length ? undefined : common;
}
