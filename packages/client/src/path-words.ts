import { encodePath, showName, type v1 } from '@tessera/protocol';
import type { FollowOption } from './namespace/api.js';
import type { Path } from './node-api.js';

/** A path for the wire. @throws TesseraError INVALID_PATH for lone surrogates */
export function pathBytes(path: Path): Uint8Array {
  return typeof path === 'string' ? encodePath(path) : path;
}

/** A path for messages. */
export function shown(path: Path): string {
  return typeof path === 'string' ? path : showName(path);
}

/** What is at a path, for the wire. @throws TesseraError INVALID_PATH */
export function nodeAt(path: Path, { follow = true }: FollowOption = {}): v1.NodeRef.$Properties {
  return follow ? { path: pathBytes(path) } : { path: pathBytes(path), noFollow: true };
}
