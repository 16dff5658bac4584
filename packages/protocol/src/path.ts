import { TesseraError } from './errors.js';
import { NAME_BYTES_MAX, PATH_BYTES_MAX } from './limits.js';

/*
 * Names are bytes. A name is 1..255 bytes of valid UTF-8 without '/' and NUL and is neither '.' nor '..'. A path is at
 * most 4,096 bytes of names separated by single slashes; one slash may lead and one may trail.
 */

const SLASH = 0x2f;
const DOT = 0x2e;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const lenientUtf8 = new TextDecoder('utf-8');
const utf8 = new TextEncoder();

/** The names of a path in order; none for '' and '/'. @throws TesseraError INVALID_PATH saying which rule is broken. */
export function splitPath(path: Uint8Array): Uint8Array[] {
  if (path.length > PATH_BYTES_MAX) {
    throw new TesseraError('INVALID_PATH', `the path has ${path.length} bytes; at most ${PATH_BYTES_MAX} are allowed`);
  }
  const names: Uint8Array[] = [];
  let start = path[0] === SLASH ? 1 : 0;
  while (start < path.length) {
    let end = path.indexOf(SLASH, start);
    if (end < 0) end = path.length;
    const name = path.subarray(start, end);
    checkName(name);
    names.push(name);
    start = end + 1;
  }
  return names;
}

/** @throws TesseraError INVALID_PATH */
export function checkName(name: Uint8Array): void {
  const fault = nameFault(name);
  if (fault !== undefined) throw new TesseraError('INVALID_PATH', `${showName(name)}: ${fault}`);
}

function nameFault(name: Uint8Array): string | undefined {
  if (name.length === 0) return 'a name in the path is empty; write single slashes between names';
  if (name.length > NAME_BYTES_MAX) return `the name has ${name.length} bytes; at most ${NAME_BYTES_MAX} are allowed`;
  if (name[0] === DOT && (name.length === 1 || (name.length === 2 && name[1] === DOT))) {
    return "'.' and '..' are not names here; give the path without them";
  }
  if (name.includes(0)) return 'a name must not contain a NUL byte';
  if (name.includes(SLASH)) return "a name must not contain '/'";
  try {
    strictUtf8.decode(name);
  } catch {
    return 'the name is not valid UTF-8';
  }
  return undefined;
}

/** For people: lossy where the bytes are not UTF-8, cut when long. */
export function showName(name: Uint8Array): string {
  const text = lenientUtf8.decode(name.subarray(0, 80));
  return JSON.stringify(name.length > 80 ? `${text}…` : text);
}

/** A path as text, for interfaces that take strings. @throws TesseraError INVALID_PATH for lone surrogates. */
export function encodePath(path: string): Uint8Array {
  if (!path.isWellFormed())
    throw new TesseraError('INVALID_PATH', 'the path contains a lone surrogate: not valid Unicode');
  return utf8.encode(path);
}

export function decodeName(name: Uint8Array): string {
  return lenientUtf8.decode(name);
}
