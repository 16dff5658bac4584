import { encodeId, type Id, toLong, type v1 } from '@tessera/protocol';
import type { Inode } from '../../records/inode.js';

export function attributesOf(id: Id, inode: Inode): v1.Attributes.$Properties {
  const createdNs = toLong(inode.createdNs);
  const version = toLong(inode.version);
  return {
    inode: encodeId(id),
    kind: inode.kind,
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    links: inode.links,
    bytes: inode.bytes,
    entries: inode.entries,
    createdNs,
    modifiedNs: inode.modifiedNs === inode.createdNs ? createdNs : toLong(inode.modifiedNs),
    changedNs: inode.changedNs === inode.createdNs ? createdNs : toLong(inode.changedNs),
    version,
    contentVersion: inode.contentVersion === inode.version ? version : toLong(inode.contentVersion),
  };
}
