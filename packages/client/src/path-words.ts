import { encodePath, showName } from '@tessera/protocol';
import type { Path } from './api.js';

/** A path for the wire. @throws TesseraError INVALID_PATH for lone surrogates */
export function pathBytes(path: Path): Uint8Array {
  return typeof path === 'string' ? encodePath(path) : path;
}

/** A path for messages. */
export function shown(path: Path): string {
  return typeof path === 'string' ? path : showName(path);
}
