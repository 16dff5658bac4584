import type { v1 } from '@tessera/protocol';
import { getXattr } from '../ops/namespace/get-xattr.js';
import { list } from '../ops/namespace/list.js';
import { listXattrs } from '../ops/namespace/list-xattrs.js';
import { resolve } from '../ops/namespace/resolve.js';
import type { MetadataStore } from '../store/transaction.js';
import { listBytes, resolveBytes, xattrBytes, xattrsBytes } from './reply-budget.js';

/** Reads whose results may be long: those of one request share a budget of bytes. */
export type LongReadKind = 'list' | 'resolve' | 'getXattr' | 'listXattrs';

export interface LongRead<Kind extends LongReadKind = LongReadKind> {
  run(store: MetadataStore, request: Request<Kind>): Promise<Result<Kind>>;
  /** About how long the result is on the wire, never less. */
  bytes(result: Result<Kind>): number;
}

type Request<Kind extends LongReadKind> = NonNullable<v1.Operation.$Properties[Kind]>;
type Result<Kind extends LongReadKind> = NonNullable<v1.OperationResult.$Properties[Kind]>;

export const LONG_READS: { readonly [Kind in LongReadKind]: LongRead<Kind> } = {
  list: { run: list, bytes: listBytes },
  resolve: { run: (store, request) => store.read(resolve(request)), bytes: resolveBytes },
  getXattr: { run: (store, request) => store.read(getXattr(request)), bytes: xattrBytes },
  listXattrs: { run: listXattrs, bytes: xattrsBytes },
};
