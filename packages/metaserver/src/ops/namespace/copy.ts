import { FILE_BYTES_MAX, type Layout, TesseraError, type v1 } from '@tessera/protocol';
import { type Inode, InodeKind, NO_ROWS } from '../../records/inode.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { shareSegments } from '../stripes/share-segments.js';
import { attributesOf } from './attributes.js';
import { effectiveLayout } from './effective-layout.js';
import { appendExtents, extentsInRange } from './file-extents.js';
import { insertInode, requireDirectory } from './inodes.js';
import { findOrMakePlace } from './make-directories.js';
import { givenTime, newFile } from './new-inode.js';
import { type NodePath, parseNamedNode, parseNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { checkFilePlace, placeFile } from './place-file.js';
import { describe, type Node, resolveNode } from './resolve-path.js';
import { applyTotals, noChange } from './totals-delta.js';

/** Extents that one transaction copies, so that others get their turn. */
export const COPY_EXTENTS_PER_STEP_MAX = 400;

/** Makes a file of another one's content, whose segments both then refer to. */
export const copy: PrepareMutation<v1.CopyOperation.$Properties, v1.CopyResult.$Properties> = (request) => {
  const fromNode = parseNode(request.from, 'from');
  const toNode = parseNamedNode(request.to, 'to');
  const replace = request.replace ?? false;
  const makeParents = request.makeParents ?? false;
  const modifiedNs = givenTime(request.modifiedNs);

  return (tx) => {
    const source = requireSource(tx, fromNode);
    const totals = noChange();
    const place = findOrMakePlace(tx, toNode, makeParents, totals);
    checkFilePlace(toNode, place, replace);
    if (place.dentry?.inode === source.id) {
      throw new TesseraError('INVALID_ARGUMENT', 'source and target of the copy are the same file');
    }
    const directory = requireDirectory(tx, place.directory);
    const layout = effectiveLayout(tx, directory);
    checkInline(source.inode, layout);
    const range = { from: 0, to: FILE_BYTES_MAX };
    const { extents, nextOffset } = extentsInRange(tx, source.id, source.inode, range, COPY_EXTENTS_PER_STEP_MAX);
    if (nextOffset > 0) {
      throw new TesseraError(
        'TOO_LARGE',
        `the file has more than ${COPY_EXTENTS_PER_STEP_MAX} extents: stage a file, copy its extents step by step and publish it`,
      );
    }
    shareSegments(
      tx,
      extents.map(({ segment }) => segment),
      layout,
    );
    const { mode, uid, gid, bytes, inlineData } = source.inode;
    const id = tx.newId();
    const empty = { extents: [], extentTree: NO_ROWS };
    const content = { inlineData, ...appendExtents(tx, id, empty, extents) };
    const inode = { ...newFile(tx, mode, bytes), uid, gid, modifiedNs: modifiedNs ?? tx.nowNs, ...content };
    insertInode(tx, id, inode);
    placeFile(tx, place, directory, { id, bytes }, totals);
    applyTotals(tx, totals);
    return { attributes: attributesOf(id, inode) };
  };
};

/** The file to copy. @throws TesseraError NOT_FOUND, IS_A_DIRECTORY, INVALID_ARGUMENT */
export function requireSource(tx: ReadTransaction, node: NodePath): Node {
  const source = resolveNode(tx, node);
  if (source.inode.kind === InodeKind.FILE) return source;
  const what = describe(node, node.names.length - 1);
  if (source.inode.kind === InodeKind.DIRECTORY) {
    throw new TesseraError('IS_A_DIRECTORY', `${what} is a directory: copy what it holds one by one`);
  }
  throw new TesseraError('INVALID_ARGUMENT', `${what} is a symbolic link: make another with the same target`);
}

function checkInline({ inlineData }: Inode, { inlineBytes }: Layout): void {
  if (inlineData === undefined || inlineData.length <= inlineBytes) return;
  throw new TesseraError(
    'COMMIT_REFUSED',
    `the file lies in its inode, where the layout there keeps files up to ${inlineBytes} bytes only; write its bytes anew`,
  );
}
