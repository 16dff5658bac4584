import { TesseraError, toSafeNumber, type v1 } from '@tessera/protocol';
import type { Transaction } from '../../store/transaction.js';
import { commitExtents } from '../stripes/commit-extents.js';
import { mixingKeyOf } from '../stripes/mixing-key.js';
import { attributesOf } from './attributes.js';
import { checkExtents } from './check-extents.js';
import { effectiveLayout } from './effective-layout.js';
import { appendExtents } from './file-extents.js';
import { insertInode, requireDirectory } from './inodes.js';
import { findOrMakePlace } from './make-directories.js';
import { checkMode, FILE_MODE_DEFAULT, givenTime, newFile } from './new-inode.js';
import { parseNamedNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { checkOwnLayout, fileLayout, parseFileLayout } from './own-layout.js';
import { checkFilePlace, placeFile } from './place-file.js';
import { applyTotals, noChange } from './totals-delta.js';

/** Makes a file, or puts another in its place, with its whole content. */
export const putFile: PrepareMutation<v1.PutFileOperation.$Properties, v1.PutFileResult.$Properties> = (
  request,
  { cluster, session },
) => {
  const node = parseNamedNode(request.node);
  const mode = checkMode(request.mode, FILE_MODE_DEFAULT);
  const replace = request.replace ?? false;
  const makeParents = request.makeParents ?? false;
  const bytes = toSafeNumber(request.bytes);
  const inlineData = request.inlineData ?? EMPTY;
  const extents = request.extents ?? [];
  const stripes = request.stripes ?? [];
  const own = parseFileLayout(request.layout);
  const modifiedNs = givenTime(request.modifiedNs);
  checkContent(bytes, inlineData, extents, stripes);

  return (tx: Transaction) => {
    const totals = noChange();
    const place = findOrMakePlace(tx, node, makeParents, totals);
    checkFilePlace(node, place, replace);
    const id = tx.newId();
    const directory = requireDirectory(tx, place.directory);
    let inode = newFile(tx, mode, bytes);
    if (modifiedNs !== undefined) inode = { ...inode, modifiedNs };
    if (own !== undefined) {
      checkOwnLayout(tx, cluster, effectiveLayout(tx, directory), own);
      inode = { ...inode, layout: own };
    }
    if (inlineData.length > 0 || extents.length > 0) {
      const layout = fileLayout(tx, directory, own);
      if (inlineData.length > 0) {
        checkInline(inlineData.length, layout.inlineBytes);
        inode = { ...inode, inlineData };
      } else {
        const mixing = mixingKeyOf(layout, place.directory, id);
        const committed = commitExtents(tx, cluster, { session, layout, mixing, extents, stripes }, totals);
        inode = { ...inode, ...appendExtents(tx, id, inode, committed) };
      }
    }
    insertInode(tx, id, inode);
    placeFile(tx, place, directory, { id, bytes }, totals);
    applyTotals(tx, totals);
    return { attributes: attributesOf(id, inode) };
  };
};

function checkContent(
  bytes: number,
  inlineData: Uint8Array,
  extents: readonly v1.ExtentWrite.$Properties[],
  stripes: readonly v1.StripeWrite.$Properties[],
): void {
  const span = checkExtents(extents, stripes);
  if (inlineData.length > 0 && extents.length > 0) {
    throw new TesseraError('INVALID_ARGUMENT', 'a file has inline_data or extents, not both');
  }
  if (extents.length === 0 && inlineData.length !== bytes) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `bytes is ${bytes}, but no extents and ${inlineData.length} bytes of inline_data are given`,
    );
  }
  if (span.end > bytes) {
    throw new TesseraError('INVALID_ARGUMENT', `the extents end at ${span.end}, past the file's ${bytes} bytes`);
  }
}

function checkInline(inlineBytes: number, allowed: number): void {
  if (inlineBytes <= allowed) return;
  throw new TesseraError(
    'TOO_LARGE',
    `inline_data has ${inlineBytes} bytes; the directory's layout keeps files up to ${allowed} bytes in the inode: write segments`,
  );
}

const EMPTY = new Uint8Array();
