import { DEFAULT_LAYOUT, FILE_BYTES_MAX, inheritLayout, TesseraError, toBigInt, type v1 } from '@tessera/protocol';
import { shareSegments } from '../stripes/share-segments.js';
import { COPY_EXTENTS_PER_STEP_MAX, requireSource } from './copy.js';
import { appendExtents, extentsInRange } from './file-extents.js';
import { putInode } from './inodes.js';
import { parseNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { parseStagedId, requireStaged } from './staged-file.js';

/** Goes on with the copy of a large file into a staged one, which takes on its mode and owner. */
export const copyExtents: PrepareMutation<v1.CopyExtentsOperation.$Properties, v1.CopyExtentsResult.$Properties> = (
  request,
  { session },
) => {
  const id = parseStagedId(request.inode);
  const fromNode = parseNode(request.from, 'from');
  const contentVersion = toBigInt(request.contentVersion);

  return (tx) => {
    const staged = requireStaged(tx, id, session);
    const { id: sourceId, inode: source } = requireSource(tx, fromNode);
    if (source.contentVersion !== contentVersion) {
      throw new TesseraError('CHANGED', 'the file was changed while it was copied');
    }
    const range = { from: staged.bytes, to: FILE_BYTES_MAX };
    const { extents, nextOffset } = extentsInRange(tx, sourceId, source, range, COPY_EXTENTS_PER_STEP_MAX);
    shareSegments(
      tx,
      extents.map(({ segment }) => segment),
      inheritLayout(DEFAULT_LAYOUT, staged.layout),
    );
    const last = extents.at(-1);
    const bytes = last === undefined ? staged.bytes : last.fileOffset + last.length;
    putInode(tx, id, {
      ...staged,
      ...appendExtents(tx, id, staged, extents),
      inlineData: source.inlineData,
      mode: source.mode,
      uid: source.uid,
      gid: source.gid,
      bytes,
      modifiedNs: tx.nowNs,
      changedNs: tx.nowNs,
      contentVersion: tx.commitSequence,
    });
    return { bytes, done: nextOffset === 0 };
  };
};
