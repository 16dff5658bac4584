import { type Id, ROOT_INODE, showName, TesseraError } from '@tessera/protocol';
import { type Dentry, decodeDentry } from '../../records/dentry.js';
import { type Inode, InodeKind } from '../../records/inode.js';
import { dentryKey } from '../../records/keys.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { gone, requireAttached } from './attached.js';
import { followLink, LinksFollowed } from './follow-link.js';
import { readInode, requireInode } from './inodes.js';
import type { NodePath } from './node-path.js';

export interface Node {
  readonly id: Id;
  readonly inode: Inode;
}

/** A name in a directory, taken or not. */
export interface Place {
  readonly directory: Id;
  readonly name: Uint8Array;
  readonly key: Uint8Array;
  readonly dentry: Dentry | undefined;
}

/** What is at a path. @throws TesseraError NOT_FOUND, NOT_A_DIRECTORY, LINK_LOOP */
export function resolveNode(tx: ReadTransaction, node: NodePath): Node {
  if (node.names.length === 0) return resolveBase(tx, node.base);
  const { dentry } = findTarget(tx, node);
  if (dentry === undefined) throw missing(node, node.names.length - 1);
  return { id: dentry.inode, inode: requireInode(tx, dentry.inode) };
}

/** @throws TesseraError NOT_FOUND, NOT_A_DIRECTORY */
export function resolveDirectory(tx: ReadTransaction, node: NodePath): Node {
  const found = resolveNode(tx, node);
  if (found.inode.kind !== InodeKind.DIRECTORY) throw notADirectory(node, node.names.length - 1);
  return found;
}

/**
 * The last name of a path that has one, a symbolic link or not.
 * @throws TesseraError NOT_FOUND, NOT_A_DIRECTORY, LINK_LOOP for what comes before it
 */
export function findPlace(tx: ReadTransaction, node: NodePath): Place {
  const last = node.names.length - 1;
  const { directory, walked } = walkDirectories(tx, node, last);
  if (walked < last) throw missing(node, walked);
  return placeIn(tx, directory, node.names[last] as Uint8Array);
}

/**
 * As `findPlace`; a symbolic link at the end is followed to a name that is none, unless the path says otherwise. The
 * place a link leads to is taken, or an error.
 */
export function findTarget(tx: ReadTransaction, node: NodePath): Place {
  const last = node.names.length - 1;
  const { directory, walked, links } = walkDirectories(tx, node, last);
  if (walked < last) throw missing(node, walked);
  const place = placeIn(tx, directory, node.names[last] as Uint8Array);
  const { dentry } = place;
  if (dentry?.kind !== InodeKind.SYMLINK || !node.follows) return place;
  const target = followLink(tx, { ...place, dentry }, links ?? new LinksFollowed(node));
  const { holder, name, id, kind } = target;
  return { directory: holder, name, key: dentryKey(holder, name), dentry: { inode: id, kind } };
}

/** @throws TesseraError NOT_FOUND naming the path */
export function findTakenPlace(tx: ReadTransaction, node: NodePath): Place & { readonly dentry: Dentry } {
  const place = findPlace(tx, node);
  const { dentry } = place;
  if (dentry === undefined) throw missing(node, node.names.length - 1);
  return { ...place, dentry };
}

export function placeIn(tx: ReadTransaction, directory: Id, name: Uint8Array): Place {
  const key = dentryKey(directory, name);
  const value = tx.get(key);
  return { directory, name, key, dentry: value === undefined ? undefined : decodeDentry(value) };
}

interface Walk {
  /** The directory reached. */
  readonly directory: Id;
  /** How many names led there. */
  readonly walked: number;
  /** Undefined when there were no symbolic links among them. */
  readonly links: LinksFollowed | undefined;
}

/**
 * Walks the first `count` names, directories all of them or symbolic links to directories, until one is missing.
 * @throws TesseraError NOT_A_DIRECTORY, LINK_LOOP, NOT_FOUND for the base and where a link leads nowhere
 */
export function walkDirectories(tx: ReadTransaction, node: NodePath, count: number): Walk {
  let directory = node.base;
  let links: LinksFollowed | undefined;
  // From the root every step proves the next; from anywhere else the way up has to be proven too.
  if (directory !== ROOT_INODE) requireAttached(tx, directory);
  for (let walked = 0; walked < count; walked++) {
    const name = node.names[walked] as Uint8Array;
    const dentry = tx.getRecord(dentryKey(directory, name), decodeDentry);
    if (dentry === undefined) return { directory, walked, links };
    if (dentry.kind === InodeKind.DIRECTORY) {
      directory = dentry.inode;
      continue;
    }
    if (dentry.kind !== InodeKind.SYMLINK) throw notADirectory(node, walked);
    links ??= new LinksFollowed(node);
    const target = followLink(tx, { directory, name, dentry }, links);
    if (target.kind !== InodeKind.DIRECTORY) throw notADirectory(node, walked);
    directory = target.id;
  }
  return { directory, walked: count, links };
}

/** A file is known by its inode until it has no name; a directory only below the root. */
function resolveBase(tx: ReadTransaction, id: Id): Node {
  const inode = readInode(tx, id);
  if (inode === undefined || inode.links === 0) throw gone(id);
  if (inode.kind === InodeKind.DIRECTORY && id !== ROOT_INODE) return { id, inode: requireAttached(tx, id) };
  return { id, inode };
}

export function missing(node: NodePath, index: number): TesseraError {
  return new TesseraError('NOT_FOUND', `${describe(node, index)} does not exist`);
}

export function notADirectory(node: NodePath, index: number): TesseraError {
  return new TesseraError('NOT_A_DIRECTORY', `${describe(node, index)} is not a directory`);
}

/** The component at fault, and the path where it is not its end. */
export function describe(node: NodePath, index: number): string {
  const name = node.names[index];
  if (name === undefined) return 'the node';
  if (node.names.length === 1) return showName(name);
  return `${showName(name)} in ${showName(node.path)}`;
}
