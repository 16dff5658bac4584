import { type Id, NAME_BYTES_MAX, ROOT_INODE, SYMLINKS_FOLLOWED_MAX, showName, TesseraError } from '@tessera/protocol';
import { type Dentry, decodeDentry } from '../../records/dentry.js';
import { InodeKind } from '../../records/inode.js';
import { dentryKey } from '../../records/keys.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { requireDirectory, requireInode } from './inodes.js';
import type { NodePath } from './node-path.js';

const SLASH = 0x2f;
const DOT = 0x2e;

/** A symbolic link by its name. */
interface Link {
  readonly directory: Id;
  readonly name: Uint8Array;
  readonly dentry: Dentry;
}

/** What a link leads to, which is no link, and the name it has there; the root and `..` have that of the link. */
interface Target {
  readonly id: Id;
  readonly kind: InodeKind;
  readonly holder: Id;
  readonly name: Uint8Array;
}

/** The links that finding one path has followed. */
export class LinksFollowed {
  readonly #node: NodePath;
  #count = 0;

  constructor(node: NodePath) {
    this.#node = node;
  }

  /** @throws TesseraError LINK_LOOP */
  add(): void {
    this.#count++;
    if (this.#count <= SYMLINKS_FOLLOWED_MAX) return;
    throw new TesseraError(
      'LINK_LOOP',
      `${showName(this.#node.path)} leads in a circle, or through more than ${SYMLINKS_FOLLOWED_MAX} symbolic links`,
    );
  }
}

/**
 * Follows a symbolic link, and the links it leads through: from its own directory, or from the root when it begins with
 * a slash. @throws TesseraError NOT_FOUND, NOT_A_DIRECTORY, LINK_LOOP
 */
export function followLink(tx: ReadTransaction, link: Link, links: LinksFollowed): Target {
  links.add();
  const target = targetOf(tx, link.dentry.inode);
  const start = target[0] === SLASH ? ROOT_INODE : link.directory;
  let at: Target = { id: start, kind: InodeKind.DIRECTORY, holder: link.directory, name: link.name };
  for (const name of namesIn(target)) {
    if (at.kind !== InodeKind.DIRECTORY) {
      throw new TesseraError(
        'NOT_A_DIRECTORY',
        `${describeLink(link, target)}, where ${showName(at.name)} is no directory`,
      );
    }
    if (isParent(name)) {
      at = { ...at, id: requireDirectory(tx, at.id).parent || ROOT_INODE };
      continue;
    }
    const value = name.length > NAME_BYTES_MAX ? undefined : tx.get(dentryKey(at.id, name));
    if (value === undefined) {
      throw new TesseraError('NOT_FOUND', `${describeLink(link, target)}, where ${showName(name)} does not exist`);
    }
    const dentry = decodeDentry(value);
    const directory = at.id;
    at =
      dentry.kind === InodeKind.SYMLINK
        ? followLink(tx, { directory, name, dentry }, links)
        : { id: dentry.inode, kind: dentry.kind, holder: directory, name };
  }
  return at;
}

export function targetOf(tx: ReadTransaction, id: Id): Uint8Array {
  return requireInode(tx, id).inlineData ?? new Uint8Array();
}

/** The names of a target in order, without empty ones and dots. */
function* namesIn(target: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < target.length; ) {
    let end = target.indexOf(SLASH, start);
    if (end < 0) end = target.length;
    const name = target.subarray(start, end);
    if (name.length > 1 || (name.length === 1 && name[0] !== DOT)) yield name;
    start = end + 1;
  }
}

function isParent(name: Uint8Array): boolean {
  return name.length === 2 && name[0] === DOT && name[1] === DOT;
}

function describeLink({ name }: Link, target: Uint8Array): string {
  return `symbolic link ${showName(name)} leads to ${showName(target)}`;
}
