import { showName, TesseraError, XATTRS_PER_INODE_BYTES_MAX, XATTRS_PER_INODE_MAX } from '@tessera/protocol';
import type { Inode, XattrTotals } from '../../records/inode.js';
import type { Transaction } from '../../store/transaction.js';
import { putInode } from './inodes.js';
import type { Node } from './resolve-path.js';

/**
 * Accounts for an extended attribute that changes from one value to another, undefined where it is not there, in its
 * inode, which is written. @returns the inode @throws TesseraError TOO_LARGE
 */
export function accountXattr(
  tx: Transaction,
  { id, inode }: Node,
  name: Uint8Array,
  from: Uint8Array | undefined,
  to: Uint8Array | undefined,
): Inode {
  const { count, bytes } = inode.xattrs;
  const xattrs: XattrTotals = {
    count: count + presence(to) - presence(from),
    bytes: bytes + sizeOf(name, to) - sizeOf(name, from),
  };
  if (xattrs.count > XATTRS_PER_INODE_MAX) {
    throw new TesseraError(
      'TOO_LARGE',
      `a file or directory has at most ${XATTRS_PER_INODE_MAX} extended attributes: remove some first`,
    );
  }
  if (xattrs.bytes > XATTRS_PER_INODE_BYTES_MAX) {
    throw new TesseraError(
      'TOO_LARGE',
      `with ${showName(name)} the extended attributes would have ${xattrs.bytes} bytes; at most ${XATTRS_PER_INODE_BYTES_MAX} are allowed: keep large values in a file`,
    );
  }
  const changed = { ...inode, xattrs, changedNs: tx.nowNs, version: tx.commitSequence };
  putInode(tx, id, changed);
  return changed;
}

/** Whether the attribute is as the caller expects, when the caller expects anything. @throws TesseraError CHANGED */
export function checkExpected(
  name: Uint8Array,
  value: Uint8Array | undefined,
  expected: Uint8Array | null | undefined,
): void {
  if (expected === null || expected === undefined) return;
  if (value !== undefined && Buffer.compare(value, expected) === 0) return;
  const state = value === undefined ? 'is not there' : 'has another value by now';
  throw new TesseraError('CHANGED', `extended attribute ${showName(name)} ${state}: read it again`);
}

function presence(value: Uint8Array | undefined): number {
  return value === undefined ? 0 : 1;
}

function sizeOf(name: Uint8Array, value: Uint8Array | undefined): number {
  return value === undefined ? 0 : name.length + value.length;
}
