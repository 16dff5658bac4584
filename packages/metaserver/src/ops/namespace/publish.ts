import { ID_NONE, TesseraError, toSafeNumber, type v1 } from '@tessera/protocol';
import { stagedKey } from '../../records/keys.js';
import { attributesOf } from './attributes.js';
import { putInode, requireDirectory } from './inodes.js';
import { findOrMakePlace } from './make-directories.js';
import { checkMode, FILE_MODE_DEFAULT, givenTime } from './new-inode.js';
import { parseNamedNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { parseFileLayout } from './own-layout.js';
import { checkFilePlace, placeFile } from './place-file.js';
import { parseStagedId, requireStaged } from './staged-file.js';
import { applyTotals, noChange } from './totals-delta.js';

/** Gives a staged file its name and length: from here on it is a file like any other. */
export const publish: PrepareMutation<v1.PublishOperation.$Properties, v1.PublishResult.$Properties> = (
  request,
  { session },
) => {
  const id = parseStagedId(request.inode);
  const node = parseNamedNode(request.node);
  const mode = checkMode(request.mode, FILE_MODE_DEFAULT);
  const replace = request.replace ?? false;
  const makeParents = request.makeParents ?? false;
  const bytes = toSafeNumber(request.bytes);
  const own = parseFileLayout(request.layout);
  const modifiedNs = givenTime(request.modifiedNs);

  return (tx) => {
    const staged = requireStaged(tx, id, session);
    if (bytes < staged.bytes) {
      throw new TesseraError('INVALID_ARGUMENT', `bytes is ${bytes}; the staged file has ${staged.bytes} already`);
    }
    const totals = noChange();
    const place = findOrMakePlace(tx, node, makeParents, totals);
    checkFilePlace(node, place, replace);
    const inode = {
      ...staged,
      mode,
      bytes,
      links: 1,
      parent: ID_NONE,
      layout: own,
      stagedBy: ID_NONE,
      modifiedNs: modifiedNs ?? tx.nowNs,
      changedNs: tx.nowNs,
      version: tx.commitSequence,
      contentVersion: bytes === staged.bytes ? staged.contentVersion : tx.commitSequence,
    };
    putInode(tx, id, inode);
    tx.delete(stagedKey(session, id));
    placeFile(tx, place, requireDirectory(tx, place.directory), { id, bytes }, totals);
    applyTotals(tx, totals);
    return { attributes: attributesOf(id, inode) };
  };
};
