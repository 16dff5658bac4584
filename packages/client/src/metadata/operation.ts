import type { v1 } from '@tessera/protocol';

/** The request of each kind of operation in a batch. */
export interface OperationRequests {
  stat: v1.StatOperation.$Properties;
  list: v1.ListOperation.$Properties;
  resolve: v1.ResolveOperation.$Properties;
  getLayout: v1.GetLayoutOperation.$Properties;
  mkdir: v1.MkdirOperation.$Properties;
  putFile: v1.PutFileOperation.$Properties;
  rename: v1.RenameOperation.$Properties;
  remove: v1.RemoveOperation.$Properties;
  setLayout: v1.SetLayoutOperation.$Properties;
  stage: v1.StageOperation.$Properties;
  extend: v1.ExtendOperation.$Properties;
  publish: v1.PublishOperation.$Properties;
  openFile: v1.OpenFileOperation.$Properties;
  write: v1.WriteOperation.$Properties;
  grantLease: v1.GrantLeaseOperation.$Properties;
  renewLease: v1.RenewLeaseOperation.$Properties;
  closeLease: v1.CloseLeaseOperation.$Properties;
  getXattr: v1.GetXattrOperation.$Properties;
  listXattrs: v1.ListXattrsOperation.$Properties;
  setXattr: v1.SetXattrOperation.$Properties;
  removeXattr: v1.RemoveXattrOperation.$Properties;
  setAttributes: v1.SetAttributesOperation.$Properties;
  symlink: v1.SymlinkOperation.$Properties;
  readlink: v1.ReadlinkOperation.$Properties;
  link: v1.LinkOperation.$Properties;
  copy: v1.CopyOperation.$Properties;
  copyExtents: v1.CopyExtentsOperation.$Properties;
}

/** The answer to each. */
export interface OperationReplies {
  stat: v1.StatResult.$Properties;
  list: v1.ListResult.$Properties;
  resolve: v1.ResolveResult.$Properties;
  getLayout: v1.GetLayoutResult.$Properties;
  mkdir: v1.MkdirResult.$Properties;
  putFile: v1.PutFileResult.$Properties;
  rename: v1.RenameResult.$Properties;
  remove: v1.RemoveResult.$Properties;
  setLayout: v1.SetLayoutResult.$Properties;
  stage: v1.StageResult.$Properties;
  extend: v1.ExtendResult.$Properties;
  publish: v1.PublishResult.$Properties;
  openFile: v1.OpenFileResult.$Properties;
  write: v1.WriteResult.$Properties;
  grantLease: v1.GrantLeaseResult.$Properties;
  renewLease: v1.RenewLeaseResult.$Properties;
  closeLease: v1.CloseLeaseResult.$Properties;
  getXattr: v1.GetXattrResult.$Properties;
  listXattrs: v1.ListXattrsResult.$Properties;
  setXattr: v1.SetXattrResult.$Properties;
  removeXattr: v1.RemoveXattrResult.$Properties;
  setAttributes: v1.SetAttributesResult.$Properties;
  symlink: v1.SymlinkResult.$Properties;
  readlink: v1.ReadlinkResult.$Properties;
  link: v1.LinkResult.$Properties;
  copy: v1.CopyResult.$Properties;
  copyExtents: v1.CopyExtentsResult.$Properties;
}

export type OperationKind = keyof OperationRequests;

const READS: ReadonlySet<OperationKind> = new Set<OperationKind>([
  'stat',
  'list',
  'resolve',
  'getLayout',
  'getXattr',
  'listXattrs',
  'readlink',
]);

/** Reads change nothing: they carry no sequence and may be repeated at will. */
export function isRead(kind: OperationKind): boolean {
  return READS.has(kind);
}
