import { encodeId, type Id, layoutToWire, TesseraError, type v1 } from '@tessera/protocol';
import { type Inode, InodeKind } from '../../records/inode.js';
import { attributesOf } from './attributes.js';
import { effectiveLayout } from './effective-layout.js';
import { insertInode, requireDirectory, requireInode } from './inodes.js';
import { findOrMakePlace } from './make-directories.js';
import { checkMode, FILE_MODE_DEFAULT, newFile } from './new-inode.js';
import { parseNamedNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { checkOwnLayout, fileLayout, parseFileLayout } from './own-layout.js';
import { placeFile } from './place-file.js';
import { describe, findTarget, missing } from './resolve-path.js';
import { applyTotals, noChange } from './totals-delta.js';

/** Finds a file to write to, and the layout its new segments follow; makes an empty one where asked to. */
export const openFile: PrepareMutation<v1.OpenFileOperation.$Properties, v1.OpenFileResult.$Properties> = (
  request,
  { cluster },
) => {
  const node = parseNamedNode(request.node);
  const mode = checkMode(request.mode, FILE_MODE_DEFAULT);
  const create = request.create ?? false;
  const exclusive = request.exclusive ?? false;
  const makeParents = create && (request.makeParents ?? false);
  const own = create ? parseFileLayout(request.layout) : undefined;
  if (exclusive && !create) throw new TesseraError('INVALID_ARGUMENT', 'exclusive is for files that are to be made');

  return (tx) => {
    const totals = noChange();
    const found = findOrMakePlace(tx, node, makeParents, totals);
    const place = found.dentry?.kind === InodeKind.SYMLINK && !exclusive ? findTarget(tx, node) : found;
    const last = node.names.length - 1;
    const directory = requireDirectory(tx, place.directory);
    const answer = (id: Id, inode: Inode, created: boolean) => ({
      attributes: attributesOf(id, inode),
      created,
      directory: encodeId(place.directory),
      layout: layoutToWire(fileLayout(tx, directory, inode.layout)),
      ...(inode.layout === undefined ? {} : { ownLayout: inode.layout }),
    });
    if (place.dentry !== undefined) {
      const what = describe(node, last);
      if (exclusive) throw new TesseraError('EXISTS', `${what} exists; it was to be made`);
      if (place.dentry.kind === InodeKind.DIRECTORY) {
        throw new TesseraError('IS_A_DIRECTORY', `${what} is a directory; only files can be opened`);
      }
      if (place.dentry.kind !== InodeKind.FILE) {
        throw new TesseraError('INVALID_ARGUMENT', `${what} is a symbolic link, which is opened by following it`);
      }
      return answer(place.dentry.inode, requireInode(tx, place.dentry.inode), false);
    }
    if (!create) throw missing(node, last);
    const id = tx.newId();
    if (own !== undefined) checkOwnLayout(tx, cluster, effectiveLayout(tx, directory), own);
    const inode = { ...newFile(tx, mode, 0), layout: own };
    insertInode(tx, id, inode);
    placeFile(tx, place, directory, { id, bytes: 0 }, totals);
    applyTotals(tx, totals);
    return answer(id, inode, true);
  };
};
