import type { v1 } from '@tessera/protocol';
import { encodeDentry } from '../../records/dentry.js';
import { InodeKind } from '../../records/inode.js';
import { dentryKey } from '../../records/keys.js';
import type { Transaction } from '../../store/transaction.js';
import { insertInode, requireDirectory } from './inodes.js';
import { DIRECTORY_MODE_DEFAULT, newDirectory } from './new-inode.js';
import type { NodePath } from './node-path.js';
import { findPlace, type Node, type Place, placeIn, walkDirectories } from './resolve-path.js';
import type { TotalsDelta } from './totals-delta.js';
import { touchDirectory } from './touch-directory.js';

/**
 * As `findPlace`; with `makeParents` the directories missing on the way are made.
 * @throws TesseraError NOT_FOUND, NOT_A_DIRECTORY
 */
export function findOrMakePlace(tx: Transaction, node: NodePath, makeParents: boolean, totals: TotalsDelta): Place {
  if (!makeParents) return findPlace(tx, node);
  const last = node.names.length - 1;
  const name = node.names[last] as Uint8Array;
  let { directory, walked } = walkDirectories(tx, node, last);
  if (walked === last) return placeIn(tx, directory, name);
  for (; walked < last; walked++) {
    const place = freePlace(directory, node.names[walked] as Uint8Array);
    directory = makeDirectory(tx, place, DIRECTORY_MODE_DEFAULT, undefined, totals).id;
  }
  return freePlace(directory, name);
}

/** Makes an empty directory at a free place. */
export function makeDirectory(
  tx: Transaction,
  place: Place,
  mode: number,
  layout: v1.Layout.$Properties | undefined,
  totals: TotalsDelta,
): Node {
  const id = tx.newId();
  const inode = newDirectory(tx, place.directory, mode, layout);
  insertInode(tx, id, inode);
  tx.insert(place.key, encodeDentry(tx, { inode: id, kind: InodeKind.DIRECTORY }));
  touchDirectory(tx, place.directory, requireDirectory(tx, place.directory), 1);
  totals.directories += 1;
  return { id, inode };
}

function freePlace(directory: Place['directory'], name: Uint8Array): Place {
  return { directory, name, key: dentryKey(directory, name), dentry: undefined };
}
