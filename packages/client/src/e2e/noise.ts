import { SeededRandom } from '../testing/seeded-random.js';

/** Incompressible bytes, the same for the same seed. */
export function noise(length: number, seed: number): Uint8Array {
  const random = new SeededRandom(seed * 2654435761 + length + 1);
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let index = 0; index < words.length; index++) words[index] = random.uint32();
  return new Uint8Array(words.buffer, 0, length);
}
