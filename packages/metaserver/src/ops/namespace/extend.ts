import { DEFAULT_LAYOUT, inheritLayout, TesseraError, type v1 } from '@tessera/protocol';
import { commitExtents } from '../stripes/commit-extents.js';
import { mixingKeyOf } from '../stripes/mixing-key.js';
import { checkExtents } from './check-extents.js';
import { appendExtents } from './file-extents.js';
import { putInode } from './inodes.js';
import type { PrepareMutation } from './operation.js';
import { parseStagedId, requireStaged } from './staged-file.js';
import { applyTotals, noChange } from './totals-delta.js';

/** Appends extents to a staged file, after all it has. */
export const extend: PrepareMutation<v1.ExtendOperation.$Properties, v1.ExtendResult.$Properties> = (
  request,
  { cluster, session },
) => {
  const id = parseStagedId(request.inode);
  const extents = request.extents ?? [];
  const stripes = request.stripes ?? [];
  const span = checkExtents(extents, stripes);
  if (extents.length === 0) throw new TesseraError('INVALID_ARGUMENT', 'no extents are given to extend the file by');

  return (tx) => {
    const inode = requireStaged(tx, id, session);
    if (span.start < inode.bytes) {
      throw new TesseraError(
        'INVALID_ARGUMENT',
        `the extents begin at ${span.start}, the staged file ends at ${inode.bytes}: extend it in order`,
      );
    }
    const layout = inheritLayout(DEFAULT_LAYOUT, inode.layout);
    const mixing = mixingKeyOf(layout, inode.parent, id);
    const totals = noChange();
    const added = commitExtents(tx, cluster, { session, layout, mixing, extents, stripes }, totals);
    putInode(tx, id, {
      ...inode,
      ...appendExtents(tx, id, inode, added),
      bytes: span.end,
      modifiedNs: tx.nowNs,
      changedNs: tx.nowNs,
      contentVersion: tx.commitSequence,
    });
    applyTotals(tx, totals);
    return { bytes: span.end };
  };
};
