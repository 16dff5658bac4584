import { PATH_BYTES_MAX, TesseraError, type v1 } from '@tessera/protocol';
import { InodeKind } from '../../records/inode.js';
import { attributesOf } from './attributes.js';
import { insertInode, requireDirectory } from './inodes.js';
import { findOrMakePlace } from './make-directories.js';
import { newSymlink } from './new-inode.js';
import { parseNamedNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { checkFilePlace, placeFile } from './place-file.js';
import { applyTotals, noChange } from './totals-delta.js';

/** Makes a symbolic link. What it leads to is looked for whenever it is followed. */
export const symlink: PrepareMutation<v1.SymlinkOperation.$Properties, v1.SymlinkResult.$Properties> = (request) => {
  const node = parseNamedNode(request.node);
  const target = parseTarget(request.target);
  const replace = request.replace ?? false;
  const makeParents = request.makeParents ?? false;

  return (tx) => {
    const totals = noChange();
    const place = findOrMakePlace(tx, node, makeParents, totals);
    checkFilePlace(node, place, replace);
    const id = tx.newId();
    const inode = newSymlink(tx, target);
    insertInode(tx, id, inode);
    const placed = { id, bytes: inode.bytes, kind: InodeKind.SYMLINK };
    placeFile(tx, place, requireDirectory(tx, place.directory), placed, totals);
    applyTotals(tx, totals);
    return { attributes: attributesOf(id, inode) };
  };
};

/** @throws TesseraError INVALID_PATH */
function parseTarget(wire: Uint8Array | null | undefined): Uint8Array {
  const target = wire ?? new Uint8Array();
  if (target.length === 0) throw new TesseraError('INVALID_PATH', 'the target of the symbolic link is empty');
  if (target.length > PATH_BYTES_MAX) {
    throw new TesseraError(
      'INVALID_PATH',
      `the target of the symbolic link has ${target.length} bytes; at most ${PATH_BYTES_MAX} are allowed`,
    );
  }
  if (target.includes(0)) throw new TesseraError('INVALID_PATH', 'the target of the symbolic link has a NUL byte');
  return target;
}
