import { EXTENTS_PER_REPLY_MAX, FILE_BYTES_MAX, TesseraError, toSafeNumber, type v1 } from '@tessera/protocol';
import { InodeKind } from '../../records/inode.js';
import { describeExtents } from '../stripes/describe-extents.js';
import { attributesOf } from './attributes.js';
import { extentsInRange } from './file-extents.js';
import { parseNode } from './node-path.js';
import type { PrepareRead } from './operation.js';
import { describe, resolveNode } from './resolve-path.js';

/** Everything a reader needs for a range of a file. A range past the end has no extents. */
export const resolve: PrepareRead<v1.ResolveOperation.$Properties, v1.ResolveResult.$Properties> = (request) => {
  const node = parseNode(request.node);
  const from = toSafeNumber(request.offset);
  const length = toSafeNumber(request.length);
  const to = length === 0 || length > FILE_BYTES_MAX - from ? FILE_BYTES_MAX : from + length;
  return (tx) => {
    const { id, inode } = resolveNode(tx, node);
    if (inode.kind !== InodeKind.FILE) {
      const what = describe(node, node.names.length - 1);
      if (inode.kind === InodeKind.DIRECTORY) {
        throw new TesseraError('IS_A_DIRECTORY', `${what} is a directory, not a file`);
      }
      throw new TesseraError('INVALID_ARGUMENT', `${what} is a symbolic link, which has no bytes: follow it`);
    }
    const attributes = attributesOf(id, inode);
    const { inlineData = null } = inode;
    if (inode.extents.length === 0 && inode.extentTree.levels === 0) {
      return { attributes, isInline: inlineData !== null, inlineData };
    }
    const { extents, nextOffset } = extentsInRange(tx, id, inode, { from, to }, EXTENTS_PER_REPLY_MAX);
    return { attributes, inlineData, ...describeExtents(tx, extents), nextOffset };
  };
};
