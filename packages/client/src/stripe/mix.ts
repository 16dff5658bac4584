/** Two whole numbers below 2^32 stirred into one: the finalizer of MurmurHash3. */
export function mix(a: number, b: number): number {
  let hash = (Math.imul(a, 0x9e3779b1) ^ b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
