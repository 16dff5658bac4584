import { encodeId, type Id, toLong, type v1 } from '@tessera/protocol';
import { type Inode, InodeKind } from '../../records/inode.js';

export function attributesOf(id: Id, inode: Inode): v1.Attributes.$Properties {
  return {
    inode: encodeId(id),
    kind: inode.kind,
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    links: inode.links,
    bytes: inode.kind === InodeKind.FILE ? inode.bytes : 0,
    entries: inode.entries,
    createdNs: toLong(inode.createdNs),
    modifiedNs: toLong(inode.modifiedNs),
    changedNs: toLong(inode.changedNs),
    version: toLong(inode.version),
  };
}
