import type { v1 } from '@tessera/protocol';
import { xattrKey } from '../../records/keys.js';
import { readXattr } from '../../records/xattr.js';
import { parseNode } from './node-path.js';
import type { PrepareRead } from './operation.js';
import { resolveNode } from './resolve-path.js';
import { parseXattrName } from './xattr-name.js';

/** The value of one extended attribute, if the node has it. */
export const getXattr: PrepareRead<v1.GetXattrOperation.$Properties, v1.GetXattrResult.$Properties> = (request) => {
  const node = parseNode(request.node);
  const name = parseXattrName(request.name);
  return (tx) => {
    const { id, inode } = resolveNode(tx, node);
    const value = inode.xattrs.count === 0 ? undefined : readXattr(tx, xattrKey(id, name));
    return value === undefined ? { found: false } : { found: true, value };
  };
};
