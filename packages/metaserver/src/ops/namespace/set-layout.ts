import { DEFAULT_LAYOUT, ID_NONE, layoutToWire, TesseraError, type v1 } from '@tessera/protocol';
import type { ClusterView } from '../../cluster/cluster-view.js';
import { InodeKind } from '../../records/inode.js';
import type { Transaction } from '../../store/transaction.js';
import { effectiveLayout } from './effective-layout.js';
import { putInode, requireInode } from './inodes.js';
import { type NodePath, parseNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { checkOwnLayout, parseFileLayout, parseOwnLayout, requireLayout } from './own-layout.js';
import { findTarget, type Node, resolveDirectory, resolveNode } from './resolve-path.js';

/** Replaces what a directory or file sets itself. What is written already stays as it is. */
export const setLayout: PrepareMutation<v1.SetLayoutOperation.$Properties, v1.SetLayoutResult.$Properties> = (
  request,
  { cluster },
) => {
  const node = parseNode(request.node);
  const own = requireLayout(request.layout);
  return (tx) => {
    const found = resolveNode(tx, node);
    if (found.inode.kind === InodeKind.FILE) return setOfFile(tx, cluster, node, found, own);
    const { id, inode } = resolveDirectory(tx, node);
    const layout = parseOwnLayout(own);
    const parent = inode.parent === ID_NONE ? DEFAULT_LAYOUT : effectiveLayout(tx, requireInode(tx, inode.parent));
    const effective = checkOwnLayout(tx, cluster, parent, layout);
    putInode(tx, id, { ...inode, layout, changedNs: tx.nowNs });
    return { effective: layoutToWire(effective) };
  };
};

/** What is written to the file from now on goes by it. */
function setOfFile(
  tx: Transaction,
  cluster: ClusterView,
  node: NodePath,
  { id, inode }: Node,
  own: v1.Layout.$Properties,
): v1.SetLayoutResult.$Properties {
  if (node.names.length === 0) {
    throw new TesseraError('INVALID_ARGUMENT', 'a file alone does not tell its directory: set its layout by a path');
  }
  const layout = parseFileLayout(own);
  const { directory } = findTarget(tx, node);
  const effective = checkOwnLayout(tx, cluster, effectiveLayout(tx, requireInode(tx, directory)), layout);
  putInode(tx, id, { ...inode, layout, changedNs: tx.nowNs, version: tx.commitSequence });
  return { effective: layoutToWire(effective) };
}
