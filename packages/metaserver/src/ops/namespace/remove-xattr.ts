import type { v1 } from '@tessera/protocol';
import { xattrKey } from '../../records/keys.js';
import { readXattr } from '../../records/xattr.js';
import { parseNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { resolveNode } from './resolve-path.js';
import { accountXattr, checkExpected } from './xattr-change.js';
import { parseXattrName } from './xattr-name.js';

/** Takes an extended attribute away. One that is not there is fine, unless a value is expected. */
export const removeXattr: PrepareMutation<v1.RemoveXattrOperation.$Properties, v1.RemoveXattrResult.$Properties> = (
  request,
) => {
  const node = parseNode(request.node);
  const name = parseXattrName(request.name);
  const { expected } = request;
  return (tx) => {
    const found = resolveNode(tx, node);
    const key = xattrKey(found.id, name);
    const old = readXattr(tx, key);
    checkExpected(name, old, expected);
    if (old === undefined) return { removed: false };
    tx.delete(key);
    accountXattr(tx, found, name, old, undefined);
    return { removed: true };
  };
};
