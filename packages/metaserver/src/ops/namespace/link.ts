import { LINKS_PER_INODE_MAX, TesseraError, type v1 } from '@tessera/protocol';
import { encodeDentry } from '../../records/dentry.js';
import { InodeKind } from '../../records/inode.js';
import { attributesOf } from './attributes.js';
import { putInode, requireDirectory } from './inodes.js';
import { findOrMakePlace } from './make-directories.js';
import { parseNamedNode, parseNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { describe, resolveNode } from './resolve-path.js';
import { applyTotals, noChange } from './totals-delta.js';
import { touchDirectory } from './touch-directory.js';

/** Gives a file one more name. Its names are equal: it lives until the last one goes. */
export const link: PrepareMutation<v1.LinkOperation.$Properties, v1.LinkResult.$Properties> = (request) => {
  const fromNode = parseNode(request.from, 'from');
  const toNode = parseNamedNode(request.to, 'to');
  const makeParents = request.makeParents ?? false;

  return (tx) => {
    const { id, inode } = resolveNode(tx, fromNode);
    const what = describe(fromNode, fromNode.names.length - 1);
    if (inode.kind === InodeKind.DIRECTORY) {
      throw new TesseraError(
        'IS_A_DIRECTORY',
        `${what} is a directory, which has one name; make a symbolic link to it`,
      );
    }
    if (inode.links >= LINKS_PER_INODE_MAX) {
      throw new TesseraError('TOO_LARGE', `${what} has ${inode.links} names, as many as a file may have`);
    }
    const totals = noChange();
    const place = findOrMakePlace(tx, toNode, makeParents, totals);
    if (place.dentry !== undefined) {
      throw new TesseraError('EXISTS', `${describe(toNode, toNode.names.length - 1)} exists`);
    }
    tx.insert(place.key, encodeDentry(tx, { inode: id, kind: inode.kind }));
    touchDirectory(tx, place.directory, requireDirectory(tx, place.directory), 1);
    const linked = { ...inode, links: inode.links + 1, changedNs: tx.nowNs, version: tx.commitSequence };
    putInode(tx, id, linked);
    applyTotals(tx, totals);
    return { attributes: attributesOf(id, linked) };
  };
};
