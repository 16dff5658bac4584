import { TesseraError, type v1 } from '@tessera/protocol';
import { InodeKind } from '../../records/inode.js';
import { parseNode } from './node-path.js';
import type { PrepareRead } from './operation.js';
import { describe, resolveNode } from './resolve-path.js';

/** Where a symbolic link leads, as it was written. */
export const readlink: PrepareRead<v1.ReadlinkOperation.$Properties, v1.ReadlinkResult.$Properties> = (request) => {
  const node = { ...parseNode(request.node), follows: false };
  return (tx) => {
    const { inode } = resolveNode(tx, node);
    if (inode.kind !== InodeKind.SYMLINK) {
      throw new TesseraError('INVALID_ARGUMENT', `${describe(node, node.names.length - 1)} is no symbolic link`);
    }
    return { target: inode.inlineData ?? new Uint8Array() };
  };
};
