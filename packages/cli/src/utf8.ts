const encoder = new TextEncoder();

/** Text as it is stored. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}
