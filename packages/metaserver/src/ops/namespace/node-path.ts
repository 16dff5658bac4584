import { decodeId, ID_NONE, type Id, ROOT_INODE, splitPath, TesseraError, type v1 } from '@tessera/protocol';

/** A NodeRef whose form is checked; whether anything is there is for the transaction to find out. */
export interface NodePath {
  readonly base: Id;
  readonly path: Uint8Array;
  readonly names: readonly Uint8Array[];
  /** Whether a symbolic link that the path ends with stands for what it leads to. */
  readonly follows: boolean;
}

/** @throws TesseraError INVALID_ARGUMENT, INVALID_PATH */
export function parseNode(node: v1.NodeRef.$Properties | null | undefined, field = 'node'): NodePath {
  if (node === null || node === undefined) throw new TesseraError('INVALID_ARGUMENT', `${field} is missing`);
  const base = decodeId(node.base);
  const path = node.path ?? EMPTY;
  return { base: base === ID_NONE ? ROOT_INODE : base, path, names: splitPath(path), follows: !node.noFollow };
}

/** As `parseNode` where a name is needed: one to make, move or remove. @throws TesseraError INVALID_ARGUMENT, INVALID_PATH */
export function parseNamedNode(node: v1.NodeRef.$Properties | null | undefined, field = 'node'): NodePath {
  const parsed = parseNode(node, field);
  if (parsed.names.length === 0) {
    throw new TesseraError(
      'INVALID_PATH',
      `${field} names no entry of a directory: the path is empty or the root, which is always there`,
    );
  }
  return parsed;
}

const EMPTY = new Uint8Array();
