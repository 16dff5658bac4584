/*
 * Maps need keys that compare by value: a key's bytes as latin1 characters, which also sort as the bytes do.
 */

// Node's Buffer has it since ever but leaves it out of its types; it takes any Uint8Array and costs half of what
// wrapping one in a Buffer first does.
const latin1Slice = (Buffer.prototype as unknown as { latin1Slice(start: number, end: number): string }).latin1Slice;

export function keyString(key: Uint8Array): string {
  return latin1Slice.call(key as Buffer, 0, key.length);
}

export function keyBytes(key: string): Uint8Array {
  return Buffer.from(key, 'latin1');
}

/** How people see a key: its table's letter and the rest in hexadecimal. */
export function showKey(key: Uint8Array): string {
  const table = String.fromCharCode(key[0] ?? 0x3f);
  return `${/[!-~]/.test(table) ? table : '?'}:${Buffer.from(key.subarray(1)).toString('hex')}`;
}
