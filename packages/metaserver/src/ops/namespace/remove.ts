import { TesseraError, type v1 } from '@tessera/protocol';
import { InodeKind } from '../../records/inode.js';
import type { Transaction } from '../../store/transaction.js';
import { requireInode } from './inodes.js';
import { type NodePath, parseNamedNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { describe, findTakenPlace, type Node } from './resolve-path.js';
import { applyTotals, noChange, type TotalsDelta } from './totals-delta.js';
import { touchDirectory } from './touch-directory.js';
import { unlinkDirectory, unlinkFile } from './unlink-file.js';

/** Removes a name, with all below it when recursive: the tree is gone at once, the reaper takes it apart afterwards. */
export const remove: PrepareMutation<v1.RemoveOperation.$Properties, v1.RemoveResult.$Properties> = (request) => {
  const node = parseNamedNode(request.node);
  const recursive = request.recursive ?? false;

  return (tx) => {
    const totals = noChange();
    const place = findTakenPlace(tx, node);
    const id = place.dentry.inode;
    const inode = requireInode(tx, id);
    if (inode.kind === InodeKind.DIRECTORY) detachDirectory(tx, node, { id, inode }, recursive, totals);
    else unlinkFile(tx, id, inode, totals);
    tx.delete(place.key);
    touchDirectory(tx, place.directory, requireInode(tx, place.directory), -1);
    applyTotals(tx, totals);
    return {};
  };
};

function detachDirectory(
  tx: Transaction,
  node: NodePath,
  { id, inode }: Node,
  recursive: boolean,
  totals: TotalsDelta,
): void {
  if (inode.entries > 0 && !recursive) {
    const what = describe(node, node.names.length - 1);
    throw new TesseraError('NOT_EMPTY', `${what} has ${inode.entries} entries; remove it recursively`);
  }
  unlinkDirectory(tx, id, inode, totals);
}
