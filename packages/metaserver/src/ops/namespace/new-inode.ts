import { ID_NONE, type Id, TesseraError, toBigInt, type v1 } from '@tessera/protocol';
import { type Inode, InodeKind, NO_ROWS, NO_XATTRS } from '../../records/inode.js';
import type { Transaction } from '../../store/transaction.js';

export const FILE_MODE_DEFAULT = 0o644;
export const DIRECTORY_MODE_DEFAULT = 0o755;
/** As everywhere: a link's own mode has no meaning. */
const SYMLINK_MODE = 0o777;
const MODE_MAX = 0o7777;

/** A file with one name and no content. */
export function newFile(tx: Transaction, mode: number, bytes: number): Inode {
  return newInode(tx, InodeKind.FILE, mode, bytes, ID_NONE, undefined);
}

export function newSymlink(tx: Transaction, target: Uint8Array): Inode {
  return {
    ...newInode(tx, InodeKind.SYMLINK, SYMLINK_MODE, target.length, ID_NONE, undefined),
    inlineData: target,
  };
}

export function newDirectory(
  tx: Transaction,
  parent: Id,
  mode: number,
  layout: v1.Layout.$Properties | undefined,
): Inode {
  return newInode(tx, InodeKind.DIRECTORY, mode, 0, parent, layout);
}

/** Permission bits off the wire; 0 is the default. @throws TesseraError INVALID_ARGUMENT */
export function checkMode(mode: number | null | undefined, fallback: number): number {
  return mode === null || mode === undefined || mode === 0 ? fallback : checkModeBits(mode);
}

/** @throws TesseraError INVALID_ARGUMENT */
export function checkModeBits(mode: number): number {
  if (mode >= 0 && mode <= MODE_MAX) return mode;
  throw new TesseraError('INVALID_ARGUMENT', `mode ${mode.toString(8)} has bits outside ${MODE_MAX.toString(8)}`);
}

/** The time a file is given off the wire; undefined: that of the transaction. */
export function givenTime(modifiedNs: v1.PutFileOperation.$Properties['modifiedNs']): bigint | undefined {
  return modifiedNs === null || modifiedNs === undefined ? undefined : toBigInt(modifiedNs);
}

// One literal: creates are the most frequent mutation, and putting objects together costs more than the rest of this.
function newInode(
  tx: Transaction,
  kind: InodeKind,
  mode: number,
  bytes: number,
  parent: Id,
  layout: Inode['layout'],
): Inode {
  const { nowNs } = tx;
  return {
    kind,
    mode,
    uid: 0,
    gid: 0,
    links: 1,
    bytes,
    entries: 0,
    createdNs: nowNs,
    modifiedNs: nowNs,
    changedNs: nowNs,
    parent,
    layout,
    inlineData: undefined,
    extents: [],
    extentTree: NO_ROWS,
    xattrs: NO_XATTRS,
    stagedBy: ID_NONE,
    version: tx.commitSequence,
    contentVersion: tx.commitSequence,
  };
}
