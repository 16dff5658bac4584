import { FILE_BYTES_MAX, type Id, type Layout, TesseraError, type v1 } from '@tessera/protocol';
import type { FileExtent } from '../../records/extent.js';
import { type Inode, InodeKind } from '../../records/inode.js';
import type { Transaction } from '../../store/transaction.js';
import { changeReferences } from '../stripes/change-references.js';
import { commitExtents } from '../stripes/commit-extents.js';
import { mixingKeyOf } from '../stripes/mixing-key.js';
import { attachedOrRoot } from './attached.js';
import { attributesOf } from './attributes.js';
import { type Patch, parseFileWrite } from './file-write.js';
import { putInode } from './inodes.js';
import type { PrepareMutation } from './operation.js';
import { fileLayout } from './own-layout.js';
import { replaceExtents, truncateExtents } from './replace-extents.js';
import { describe, resolveNode } from './resolve-path.js';
import { applyTotals, noChange, type TotalsDelta } from './totals-delta.js';

/** What a write changes of an inode. */
type Content = Pick<Inode, 'bytes' | 'inlineData' | 'extents' | 'extentTree'>;

/** Overwrites, appends to or truncates a file, in one transaction. */
export const writeFile: PrepareMutation<v1.WriteOperation.$Properties, v1.WriteResult.$Properties> = (
  request,
  { cluster, session },
) => {
  const write = parseFileWrite(request);
  const { node, append, truncateTo, patches, extents, stripes } = write;

  return (tx) => {
    const { id, inode } = resolveNode(tx, node);
    const what = describe(node, node.names.length - 1);
    if (inode.kind !== InodeKind.FILE) throw new TesseraError('IS_A_DIRECTORY', `${what} is a directory, not a file`);
    if (write.ifContentVersion !== 0n && write.ifContentVersion !== inode.contentVersion) {
      throw new TesseraError(
        'CHANGED',
        `${what} has content version ${inode.contentVersion}, not ${write.ifContentVersion}: it was changed meanwhile`,
      );
    }
    const totals = noChange();
    const base = append ? inode.bytes : 0;
    let content: Content;
    if (truncateTo !== undefined) {
      content = truncated(tx, id, inode, truncateTo, totals);
    } else {
      const directory = attachedOrRoot(tx, write.directory);
      const layout = fileLayout(tx, directory.inode, inode.layout);
      if (patches !== undefined) {
        const patchedContent = patched(inode, patches, base, layout);
        if (patchedContent === undefined) return { attributes: attributesOf(id, inode), base, needsSegments: true };
        content = patchedContent;
      } else {
        const mixing = mixingKeyOf(layout, directory.id, id);
        const commit = { session, layout, mixing, extents: extents ?? [], stripes };
        content = overwritten(tx, id, inode, commitExtents(tx, cluster, commit, totals), base, totals);
      }
    }
    const version = tx.commitSequence;
    const next: Inode = {
      ...inode,
      ...content,
      modifiedNs: tx.nowNs,
      changedNs: tx.nowNs,
      version,
      contentVersion: version,
    };
    putInode(tx, id, next);
    totals.logicalBytes += next.bytes - inode.bytes;
    applyTotals(tx, totals);
    return { attributes: attributesOf(id, next), base };
  };
};

/** Undefined when the file has extents, or would have more bytes than its inode takes. */
function patched(inode: Inode, patches: readonly Patch[], base: number, layout: Layout): Content | undefined {
  if (inode.extents.length > 0 || inode.extentTree.levels > 0) return undefined;
  const { inlineData = EMPTY, extents, extentTree } = inode;
  let end = inlineData.length;
  for (const { offset, data } of patches) end = Math.max(end, base + offset + data.length);
  if (end > layout.inlineBytes) return undefined;
  const next = new Uint8Array(end);
  next.set(inlineData);
  for (const { offset, data } of patches) next.set(data, base + offset);
  return { bytes: Math.max(inode.bytes, end), inlineData: next, extents, extentTree };
}

/** `committed` have their offsets from `base` on. */
function overwritten(
  tx: Transaction,
  id: Id,
  inode: Inode,
  committed: readonly FileExtent[],
  base: number,
  totals: TotalsDelta,
): Content {
  const added = base === 0 ? committed : committed.map((e) => ({ ...e, fileOffset: e.fileOffset + base }));
  const last = added[added.length - 1] as FileExtent;
  if (last.fileOffset > FILE_BYTES_MAX - last.length) {
    throw new TesseraError('TOO_LARGE', `the file would have more than ${FILE_BYTES_MAX} bytes`);
  }
  const { places, changes } = replaceExtents(tx, id, inode, added);
  changeReferences(tx, changes.entries(), totals);
  return { ...places, bytes: Math.max(inode.bytes, last.fileOffset + last.length), inlineData: inode.inlineData };
}

function truncated(tx: Transaction, id: Id, inode: Inode, bytes: number, totals: TotalsDelta): Content {
  const { extents, extentTree, inlineData } = inode;
  if (bytes >= inode.bytes) return { bytes, inlineData, extents, extentTree };
  const { places, changes, reached } = truncateExtents(tx, id, inode, bytes);
  changeReferences(tx, changes.entries(), totals);
  const left = inlineData?.subarray(0, reached);
  return { ...places, bytes: reached, inlineData: left?.length ? left : undefined };
}

const EMPTY = new Uint8Array();
