import { encodeId, layoutToWire, TesseraError, type v1 } from '@tessera/protocol';
import { InodeKind } from '../../records/inode.js';
import { effectiveLayout } from './effective-layout.js';
import { requireInode } from './inodes.js';
import { parseNode } from './node-path.js';
import type { PrepareRead } from './operation.js';
import { findTarget, type Node, resolveNode } from './resolve-path.js';

/** The policy that applies at a node: a directory's own, a file's parent's. */
export const getLayout: PrepareRead<v1.GetLayoutOperation.$Properties, v1.GetLayoutResult.$Properties> = (request) => {
  const node = parseNode(request.node);
  return (tx) => {
    let found: Node = resolveNode(tx, node);
    if (found.inode.kind !== InodeKind.DIRECTORY) {
      if (node.names.length === 0) {
        throw new TesseraError('INVALID_ARGUMENT', 'a file alone does not tell its directory: ask with a path');
      }
      const { directory } = findTarget(tx, node);
      found = { id: directory, inode: requireInode(tx, directory) };
    }
    return {
      own: found.inode.layout ?? {},
      effective: layoutToWire(effectiveLayout(tx, found.inode)),
      directory: encodeId(found.id),
    };
  };
};
