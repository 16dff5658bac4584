const SUFFIX = '.tessera-part';
/** Leaves room for the rest within the 255 bytes of a name. */
const BASE_BYTES_MAX = 180;

/** The name of a file that is not whole yet, beside the one it becomes; `identity` tells its content from others. */
export function partName(name: string, identity: string): string {
  const base = Buffer.from(name).subarray(0, BASE_BYTES_MAX).toString('utf8').replaceAll('\ufffd', '');
  return `.${base}.${identity}${SUFFIX}`;
}

export function isPartName(name: string): boolean {
  return name.startsWith('.') && name.endsWith(SUFFIX);
}
