import { TesseraError, type v1 } from '@tessera/protocol';
import { InodeKind } from '../../records/inode.js';
import { attributesOf } from './attributes.js';
import { effectiveLayout } from './effective-layout.js';
import { requireInode } from './inodes.js';
import { findOrMakePlace, makeDirectory } from './make-directories.js';
import { checkMode, DIRECTORY_MODE_DEFAULT } from './new-inode.js';
import { parseNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { checkOwnLayout, parseOwnLayout } from './own-layout.js';
import { describe, resolveNode } from './resolve-path.js';
import { applyTotals, noChange } from './totals-delta.js';

/** Makes a directory. One that is there already, fine with `parents`, keeps its mode and layout. */
export const mkdir: PrepareMutation<v1.MkdirOperation.$Properties, v1.MkdirResult.$Properties> = (
  request,
  { cluster },
) => {
  const node = parseNode(request.node);
  const parents = request.parents ?? false;
  const mode = checkMode(request.mode, DIRECTORY_MODE_DEFAULT);
  const layout = parseOwnLayout(request.layout);
  const last = node.names.length - 1;

  return (tx) => {
    const totals = noChange();
    const place = last < 0 ? undefined : findOrMakePlace(tx, node, parents, totals);
    if (place === undefined || place.dentry !== undefined) {
      const what = describe(node, last);
      if (!parents) {
        if (place === undefined) resolveNode(tx, node);
        throw new TesseraError('EXISTS', `${what} exists`);
      }
      const found = resolveNode(tx, node);
      if (found.inode.kind !== InodeKind.DIRECTORY) {
        throw new TesseraError('EXISTS', `${what} exists and is no directory`);
      }
      return { attributes: attributesOf(found.id, found.inode), created: false };
    }
    if (layout !== undefined) {
      checkOwnLayout(tx, cluster, effectiveLayout(tx, requireInode(tx, place.directory)), layout);
    }
    const { id, inode } = makeDirectory(tx, place, mode, layout, totals);
    applyTotals(tx, totals);
    return { attributes: attributesOf(id, inode), created: true };
  };
};
