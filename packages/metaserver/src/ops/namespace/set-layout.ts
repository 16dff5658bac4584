import { DEFAULT_LAYOUT, ID_NONE, layoutToWire, type v1 } from '@tessera/protocol';
import { effectiveLayout } from './effective-layout.js';
import { putInode, requireInode } from './inodes.js';
import { parseNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { checkOwnLayout, parseOwnLayout, requireLayout } from './own-layout.js';
import { resolveDirectory } from './resolve-path.js';

/** Replaces what a directory sets itself. Files already written keep theirs. */
export const setLayout: PrepareMutation<v1.SetLayoutOperation.$Properties, v1.SetLayoutResult.$Properties> = (
  request,
  { cluster },
) => {
  const node = parseNode(request.node);
  const layout = parseOwnLayout(requireLayout(request.layout));
  return (tx) => {
    const { id, inode } = resolveDirectory(tx, node);
    const parent = inode.parent === ID_NONE ? DEFAULT_LAYOUT : effectiveLayout(tx, requireInode(tx, inode.parent));
    const effective = checkOwnLayout(tx, cluster, parent, layout);
    putInode(tx, id, { ...inode, layout, changedNs: tx.nowNs });
    return { effective: layoutToWire(effective) };
  };
};
