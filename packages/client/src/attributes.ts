import { decodeId, decodeName, toBigInt, toSafeNumber, v1 } from '@tessera/protocol';
import type { Attributes, Entry, NodeKind } from './node-api.js';
import { ownBytes } from './own-bytes.js';

export function attributesFrom(wire: v1.Attributes.$Properties | null | undefined): Attributes {
  return {
    inode: decodeId(wire?.inode),
    kind: kindFrom(wire?.kind),
    mode: wire?.mode ?? 0,
    uid: wire?.uid ?? 0,
    gid: wire?.gid ?? 0,
    links: wire?.links ?? 0,
    bytes: toSafeNumber(wire?.bytes),
    entries: toSafeNumber(wire?.entries),
    createdNs: toBigInt(wire?.createdNs),
    modifiedNs: toBigInt(wire?.modifiedNs),
    changedNs: toBigInt(wire?.changedNs),
    version: toBigInt(wire?.version),
    contentVersion: toBigInt(wire?.contentVersion),
  };
}

export function entryFrom(wire: v1.DirectoryEntry.$Properties): Entry {
  const name = ownBytes(wire.name);
  const entry: Entry = { name, text: decodeName(name), inode: decodeId(wire.inode), kind: kindFrom(wire.kind) };
  if (wire.attributes) entry.attributes = attributesFrom(wire.attributes);
  return entry;
}

function kindFrom(kind: v1.NodeKind | null | undefined): NodeKind {
  if (kind === v1.NodeKind.NODE_KIND_DIRECTORY) return 'directory';
  return kind === v1.NodeKind.NODE_KIND_SYMLINK ? 'symlink' : 'file';
}
