import { TesseraError, toBigInt, type v1 } from '@tessera/protocol';
import type { ClusterView } from '../../cluster/cluster-view.js';
import type { Inode } from '../../records/inode.js';
import type { Transaction } from '../../store/transaction.js';
import { attributesOf } from './attributes.js';
import { effectiveLayout } from './effective-layout.js';
import { insertInode, putInode, requireDirectory } from './inodes.js';
import { checkModeBits, FILE_MODE_DEFAULT, newFile } from './new-inode.js';
import { parseNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { checkOwnLayout, parseFileLayout } from './own-layout.js';
import { placeFile } from './place-file.js';
import { findPlace, type Node, type Place, resolveNode } from './resolve-path.js';
import { applyTotals, noChange } from './totals-delta.js';

type Changes = Partial<Pick<Inode, 'mode' | 'uid' | 'gid' | 'modifiedNs'>>;

/** Sets mode, owner and time of a file or directory; with `create` makes an empty file when nothing has the name. */
export const setAttributes: PrepareMutation<
  v1.SetAttributesOperation.$Properties,
  v1.SetAttributesResult.$Properties
> = (request, { cluster }) => {
  const node = parseNode(request.node);
  const own = parseFileLayout(request.layout);
  const create = request.create ?? false;
  const changesAt = parseChanges(request);
  if (create && node.names.length === 0) {
    throw new TesseraError('INVALID_PATH', 'a file is to be made when it is missing, but the path has no name for it');
  }

  return (tx) => {
    const changes = changesAt(tx);
    if (!create) return { attributes: change(tx, resolveNode(tx, node), changes), created: false };
    const place = findPlace(tx, node);
    if (place.dentry === undefined) return { attributes: makeFile(tx, cluster, place, changes, own), created: true };
    return { attributes: change(tx, resolveNode(tx, node), changes), created: false };
  };
};

function parseChanges(request: v1.SetAttributesOperation.$Properties): (tx: Transaction) => Changes {
  const { mode, uid, gid, modifiedNs } = request;
  const changes: { -readonly [Field in keyof Changes]: Changes[Field] } = {};
  if (isSet(mode)) changes.mode = checkModeBits(mode);
  if (isSet(uid)) changes.uid = uid;
  if (isSet(gid)) changes.gid = gid;
  if (request.modifiedNow) {
    if (isSet(modifiedNs)) {
      throw new TesseraError('INVALID_ARGUMENT', 'modified_ns and modified_now are both set: only one can be');
    }
    return (tx) => ({ ...changes, modifiedNs: tx.nowNs });
  }
  if (isSet(modifiedNs)) changes.modifiedNs = toBigInt(modifiedNs);
  return () => changes;
}

function change(tx: Transaction, { id, inode }: Node, changes: Changes): v1.Attributes.$Properties {
  const changed = { ...inode, ...changes, changedNs: tx.nowNs, version: tx.commitSequence };
  putInode(tx, id, changed);
  return attributesOf(id, changed);
}

function makeFile(
  tx: Transaction,
  cluster: ClusterView,
  place: Place,
  changes: Changes,
  own: v1.Layout.$Properties | undefined,
): v1.Attributes.$Properties {
  const totals = noChange();
  const id = tx.newId();
  const directory = requireDirectory(tx, place.directory);
  if (own !== undefined) checkOwnLayout(tx, cluster, effectiveLayout(tx, directory), own);
  const inode = { ...newFile(tx, FILE_MODE_DEFAULT, 0), ...changes, layout: own };
  insertInode(tx, id, inode);
  placeFile(tx, place, directory, { id, bytes: 0 }, totals);
  applyTotals(tx, totals);
  return attributesOf(id, inode);
}

function isSet<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
