/** Knuth's multiplier: successive indexes land far apart, and no two of 2^32 on the same number. */
const MULTIPLIER = 2_654_435_761;

/** The index's place among `places`, scattered as if by chance, the same every time. */
export function scatter(index: number, places: number): number {
  return Number((BigInt(index) * BigInt(MULTIPLIER)) % 4_294_967_296n) % places;
}
