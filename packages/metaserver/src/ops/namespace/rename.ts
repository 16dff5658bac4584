import { TesseraError, type v1 } from '@tessera/protocol';
import { encodeDentry } from '../../records/dentry.js';
import { InodeKind } from '../../records/inode.js';
import type { Transaction } from '../../store/transaction.js';
import { isUnder } from './attached.js';
import { attributesOf } from './attributes.js';
import { putInode, requireInode } from './inodes.js';
import { type NodePath, parseNamedNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { describe, findPlace, findTakenPlace, type Node, type Place } from './resolve-path.js';
import { applyTotals, noChange, type TotalsDelta } from './totals-delta.js';
import { touchDirectory } from './touch-directory.js';
import { unlinkDirectory, unlinkFile } from './unlink-file.js';

/** Moves a name. What has the new one gives way as in POSIX, when asked to. */
export const rename: PrepareMutation<v1.RenameOperation.$Properties, v1.RenameResult.$Properties> = (request) => {
  const fromNode = parseNamedNode(request.from, 'from');
  const toNode = parseNamedNode(request.to, 'to');
  const replace = request.replace ?? false;

  return (tx) => {
    const from = findTakenPlace(tx, fromNode);
    const to = findPlace(tx, toNode);
    const moved: Node = { id: from.dentry.inode, inode: requireInode(tx, from.dentry.inode) };
    if (to.dentry?.inode === moved.id) return { attributes: attributesOf(moved.id, moved.inode) };
    if (moved.inode.kind === InodeKind.DIRECTORY) checkNotBelow(tx, moved, to, fromNode);

    const totals = noChange();
    if (to.dentry !== undefined) giveWay(tx, toNode, to.dentry.inode, moved, replace, totals);
    const dentry = encodeDentry(tx, { inode: moved.id, kind: moved.inode.kind });
    if (to.dentry === undefined) tx.insert(to.key, dentry);
    else tx.put(to.key, dentry);
    tx.delete(from.key);
    touchBoth(tx, from, to);
    const isDirectory = moved.inode.kind === InodeKind.DIRECTORY;
    const inode = {
      ...moved.inode,
      parent: isDirectory ? to.directory : moved.inode.parent,
      changedNs: tx.nowNs,
      version: tx.commitSequence,
    };
    putInode(tx, moved.id, inode);
    applyTotals(tx, totals);
    return { attributes: attributesOf(moved.id, inode) };
  };
};

function checkNotBelow(tx: Transaction, moved: Node, to: Place, fromNode: NodePath): void {
  if (!isUnder(tx, to.directory, requireInode(tx, to.directory), moved.id)) return;
  throw new TesseraError(
    'INVALID_ARGUMENT',
    `${describe(fromNode, fromNode.names.length - 1)} cannot move into itself or a directory below it`,
  );
}

/** Removes what has the new name. @throws TesseraError EXISTS, IS_A_DIRECTORY, NOT_A_DIRECTORY, NOT_EMPTY */
function giveWay(
  tx: Transaction,
  toNode: NodePath,
  id: Node['id'],
  moved: Node,
  replace: boolean,
  totals: TotalsDelta,
): void {
  const what = describe(toNode, toNode.names.length - 1);
  if (!replace) throw new TesseraError('EXISTS', `${what} exists; ask to replace it to move another in its place`);
  const inode = requireInode(tx, id);
  if (inode.kind !== InodeKind.DIRECTORY) {
    if (moved.inode.kind === InodeKind.DIRECTORY) {
      throw new TesseraError('NOT_A_DIRECTORY', `${what} is no directory; a directory cannot take its place`);
    }
    unlinkFile(tx, id, inode, totals);
    return;
  }
  if (moved.inode.kind !== InodeKind.DIRECTORY) {
    throw new TesseraError('IS_A_DIRECTORY', `${what} is a directory; a file cannot take its place`);
  }
  if (inode.entries > 0) throw new TesseraError('NOT_EMPTY', `${what} is a directory with ${inode.entries} entries`);
  unlinkDirectory(tx, id, inode, totals);
}

function touchBoth(tx: Transaction, from: Place, to: Place): void {
  const gained = to.dentry === undefined ? 1 : 0;
  if (from.directory === to.directory) {
    touchDirectory(tx, from.directory, requireInode(tx, from.directory), gained - 1);
    return;
  }
  touchDirectory(tx, from.directory, requireInode(tx, from.directory), -1);
  touchDirectory(tx, to.directory, requireInode(tx, to.directory), gained);
}
