import { prefixEnd } from '@tessera/kv';
import { encodeId, type v1, XATTRS_PER_INODE_MAX } from '@tessera/protocol';
import { nameInKey, xattrKey } from '../../records/keys.js';
import { decodeXattr } from '../../records/xattr.js';
import type { MetadataStore } from '../../store/transaction.js';
import { parseNode } from './node-path.js';
import { resolveNode } from './resolve-path.js';

/**
 * All extended attributes of a node, as they were at one moment of the call.
 * @throws TesseraError INVALID_ARGUMENT, INVALID_PATH, NOT_FOUND, NOT_A_DIRECTORY
 */
export async function listXattrs(
  store: MetadataStore,
  request: v1.ListXattrsOperation.$Properties,
): Promise<v1.ListXattrsResult.$Properties> {
  const node = parseNode(request.node);
  const id = await store.read((tx) => {
    const found = resolveNode(tx, node);
    return found.inode.xattrs.count === 0 ? undefined : found.id;
  });
  if (id === undefined) return { xattrs: [] };
  const from = xattrKey(id, new Uint8Array());
  const rows = await store.scan({ from, to: prefixEnd(from) as Uint8Array }, XATTRS_PER_INODE_MAX);
  // Still there now, so the reaper had not begun to take them away.
  await store.read((tx) => resolveNode(tx, parseNode({ base: encodeId(id) })));
  return {
    xattrs: rows.map(({ key, value: record }) => {
      const value = decodeXattr(record);
      return { name: nameInKey(key), valueBytes: value.length, ...(request.values ? { value } : {}) };
    }),
  };
}
