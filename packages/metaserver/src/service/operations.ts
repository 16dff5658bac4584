import type { v1 } from '@tessera/protocol';
import { copy } from '../ops/namespace/copy.js';
import { copyExtents } from '../ops/namespace/copy-extents.js';
import { extend } from '../ops/namespace/extend.js';
import { getLayout } from '../ops/namespace/get-layout.js';
import { link } from '../ops/namespace/link.js';
import { mkdir } from '../ops/namespace/mkdir.js';
import { openFile } from '../ops/namespace/open-file.js';
import type { MutationContext } from '../ops/namespace/operation.js';
import { publish } from '../ops/namespace/publish.js';
import { putFile } from '../ops/namespace/put-file.js';
import { readlink } from '../ops/namespace/readlink.js';
import { remove } from '../ops/namespace/remove.js';
import { removeXattr } from '../ops/namespace/remove-xattr.js';
import { rename } from '../ops/namespace/rename.js';
import { setAttributes } from '../ops/namespace/set-attributes.js';
import { setLayout } from '../ops/namespace/set-layout.js';
import { setXattr } from '../ops/namespace/set-xattr.js';
import { stage } from '../ops/namespace/stage.js';
import { stat } from '../ops/namespace/stat.js';
import { symlink } from '../ops/namespace/symlink.js';
import { writeFile } from '../ops/namespace/write-file.js';
import { closeLease } from '../ops/stripes/close-lease.js';
import { grantLease } from '../ops/stripes/grant-lease.js';
import { renewLease } from '../ops/stripes/renew-lease.js';
import type { ReadTransaction, Transaction } from '../store/transaction.js';
import type { LongReadKind } from './long-reads.js';

/* What each kind of operation runs in its transaction, by the name of its request and of its outcome. */

export type OperationKind = NonNullable<v1.Operation['request']>;
export type ReadKind = 'stat' | 'getLayout' | 'readlink';
export type MutationKind = Exclude<OperationKind, ReadKind | LongReadKind>;

type Request<Kind extends OperationKind> = NonNullable<v1.Operation.$Properties[Kind]>;
type Result<Kind extends OperationKind> = NonNullable<v1.OperationResult.$Properties[Kind]>;

export const READS: {
  readonly [Kind in ReadKind]: (request: Request<Kind>) => (tx: ReadTransaction) => Result<Kind>;
} = { stat, getLayout, readlink };

export const MUTATIONS: {
  readonly [Kind in MutationKind]: (
    request: Request<Kind>,
    context: MutationContext,
  ) => (tx: Transaction) => Result<Kind>;
} = {
  mkdir,
  putFile,
  rename,
  remove,
  symlink,
  link,
  copy,
  copyExtents,
  setAttributes,
  setXattr,
  removeXattr,
  setLayout,
  stage,
  extend,
  publish,
  openFile,
  write: writeFile,
  grantLease:
    (request, { cluster, session }) =>
    (tx) =>
      grantLease(tx, cluster, session, request),
  renewLease:
    (request, { cluster, session }) =>
    (tx) =>
      renewLease(tx, cluster, session, request),
  closeLease:
    (request, { cluster, session }) =>
    (tx) =>
      closeLease(tx, cluster, session, request),
};

export function isRead(kind: OperationKind): kind is ReadKind {
  return Object.hasOwn(READS, kind);
}

export function isMutation(kind: OperationKind): kind is MutationKind {
  return Object.hasOwn(MUTATIONS, kind);
}
