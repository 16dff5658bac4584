/** What is left of the chunks after so many of their bytes. */
export function dropBytes(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let rest = count;
  let index = 0;
  while (index < chunks.length && rest >= (chunks[index] as Uint8Array).length) {
    rest -= (chunks[index] as Uint8Array).length;
    index++;
  }
  const left = chunks.slice(index);
  if (rest > 0) left[0] = (left[0] as Uint8Array).subarray(rest);
  return left;
}
