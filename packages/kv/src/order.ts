/** Below, at or above zero as `one` sorts before, with or after `other`, byte by byte. */
export function compareKeys(one: Uint8Array, other: Uint8Array): number {
  const common = Math.min(one.length, other.length);
  for (let index = 0; index < common; index++) {
    const difference = (one[index] as number) - (other[index] as number);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}
