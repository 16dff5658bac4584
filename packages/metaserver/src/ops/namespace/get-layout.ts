import { decodeId, encodeId, ID_NONE, layoutToWire, TesseraError, type v1 } from '@tessera/protocol';
import { InodeKind } from '../../records/inode.js';
import { requireInode } from './inodes.js';
import { parseNode } from './node-path.js';
import type { PrepareRead } from './operation.js';
import { fileLayout } from './own-layout.js';
import { findTarget, type Node, resolveNode } from './resolve-path.js';

/** The policy that applies at a node: a directory's own; a file's parent's, with what the file sets itself. */
export const getLayout: PrepareRead<v1.GetLayoutOperation.$Properties, v1.GetLayoutResult.$Properties> = (request) => {
  const node = parseNode(request.node);
  const file = decodeId(request.file);
  return (tx) => {
    let found: Node = resolveNode(tx, node);
    const asked = file === ID_NONE ? found.inode : requireInode(tx, file);
    const isFile = asked.kind === InodeKind.FILE;
    const own = isFile ? asked.layout : undefined;
    if (found.inode.kind !== InodeKind.DIRECTORY) {
      if (node.names.length === 0) {
        throw new TesseraError('INVALID_ARGUMENT', 'a file alone does not tell its directory: ask with a path');
      }
      const { directory } = findTarget(tx, node);
      found = { id: directory, inode: requireInode(tx, directory) };
    }
    return {
      own: (isFile ? own : found.inode.layout) ?? {},
      effective: layoutToWire(fileLayout(tx, found.inode, own)),
      directory: encodeId(found.id),
    };
  };
};
