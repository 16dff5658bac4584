import { showName, TesseraError, XATTR_NAME_BYTES_MAX } from '@tessera/protocol';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** The name of an extended attribute off the wire. @throws TesseraError INVALID_ARGUMENT */
export function parseXattrName(wire: Uint8Array | null | undefined): Uint8Array {
  const name = wire ?? new Uint8Array();
  const fault = faultOf(name);
  if (fault !== undefined) throw new TesseraError('INVALID_ARGUMENT', `extended attribute ${showName(name)}: ${fault}`);
  return name;
}

function faultOf(name: Uint8Array): string | undefined {
  if (name.length === 0) return 'its name is empty';
  if (name.length > XATTR_NAME_BYTES_MAX) {
    return `its name has ${name.length} bytes; at most ${XATTR_NAME_BYTES_MAX} are allowed`;
  }
  if (name.includes(0)) return 'its name has a NUL byte';
  try {
    strictUtf8.decode(name);
  } catch {
    return 'its name is not valid UTF-8';
  }
  return undefined;
}
