import { decodeId, encodeId, ID_NONE, type Id, toBigInt, toLong, toSafeNumber, type v1 } from '@tessera/protocol';
import { extentFromRecord, extentToRecord, type FileExtent } from './extent.js';
import { decodeRecord, recordHeader, records, type Writer } from './record.js';

/** The extents that an inode holds itself; the ones after them fill extent rows. */
export const EXTENTS_PER_INODE = 16;
/** The topmost nodes of the tree over its extent rows that an inode lists. */
export const EXTENT_NODES_PER_INODE = 64;

export const InodeKind = { FILE: 1, DIRECTORY: 2, SYMLINK: 3 } as const;
export type InodeKind = (typeof InodeKind)[keyof typeof InodeKind];

/**
 * A file, directory or symbolic link apart from its names. `links` is the number of names: 0 while staged, and again once it is
 * detached and waits for the reaper.
 */
export interface Inode {
  readonly kind: InodeKind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  /** The length of a file, or of a symbolic link's target. */
  readonly bytes: number;
  /** A directory's children. */
  readonly entries: number;
  readonly createdNs: bigint;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  /**
   * The directory that holds this directory, or that this file is staged in; ID_NONE for the root, what is detached and
   * every file with a name.
   */
  readonly parent: Id;
  /** What a directory or file sets itself; for a staged file the effective layout it was staged with. */
  readonly layout: v1.Layout.$Properties | undefined;
  /** The file's first bytes, where no extent covers them: all of a file that lives here; a symbolic link's target. */
  readonly inlineData: Uint8Array | undefined;
  /** The first ones, at most EXTENTS_PER_INODE. */
  readonly extents: readonly FileExtent[];
  /** Where the others are. */
  readonly extentTree: ExtentTree;
  /** What its extended attributes come to; they are records of their own. */
  readonly xattrs: XattrTotals;
  /** The session that stages this file; ID_NONE otherwise. */
  readonly stagedBy: Id;
  /** Commit sequence of the transaction that wrote the record. */
  readonly version: bigint;
  /** Commit sequence of the one that last changed the content: a file's bytes, a directory's names. */
  readonly contentVersion: bigint;
}

/** The rows of a large file's extents, found by the first offset that each is for. */
export interface ExtentTree {
  /** 0: there are no rows. 1: `nodes` are rows. n: `nodes` are index records of level n − 1. */
  readonly levels: number;
  /** First offsets, ascending, at most EXTENT_NODES_PER_INODE. */
  readonly nodes: readonly number[];
}

export const NO_ROWS: ExtentTree = { levels: 0, nodes: [] };

export interface XattrTotals {
  readonly count: number;
  /** Of names and values. */
  readonly bytes: number;
}

export const NO_XATTRS: XattrTotals = { count: 0, bytes: 0 };

/** The record's value. Its version is the transaction's. */
export function encodeInode(tx: Writer, inode: Omit<Inode, 'version'>): Uint8Array {
  const createdNs = toLong(inode.createdNs);
  return records.Inode.encode({
    header: recordHeader(tx),
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
    parent: inode.parent === ID_NONE ? null : encodeId(inode.parent),
    layout: (inode.layout as records.Inode.$Properties['layout']) ?? null,
    isInline: inode.inlineData !== undefined,
    inlineData: inode.inlineData ?? null,
    extents: inode.extents.length === 0 ? null : inode.extents.map(extentToRecord),
    extentLevels: inode.extentTree.levels,
    extentNodes: inode.extentTree.levels === 0 ? null : [...inode.extentTree.nodes],
    // Mostly it is what the header says.
    contentVersion: inode.contentVersion === tx.commitSequence ? null : toLong(inode.contentVersion),
    stagedBy: inode.stagedBy === ID_NONE ? null : encodeId(inode.stagedBy),
    xattrCount: inode.xattrs.count,
    xattrBytes: inode.xattrs.bytes,
  }).finish();
}

/** @throws TesseraError CORRUPT */
export function decodeInode(value: Uint8Array): Inode {
  const record = decodeRecord(records.Inode, value);
  const version = toBigInt(record.header?.commitSequence);
  const contentVersion = toBigInt(record.contentVersion);
  return {
    kind: record.kind as InodeKind,
    mode: record.mode,
    uid: record.uid,
    gid: record.gid,
    links: record.links,
    bytes: toSafeNumber(record.bytes),
    entries: toSafeNumber(record.entries),
    createdNs: toBigInt(record.createdNs),
    modifiedNs: toBigInt(record.modifiedNs),
    changedNs: toBigInt(record.changedNs),
    parent: decodeId(record.parent),
    layout: (record.layout as v1.Layout.$Properties | null | undefined) ?? undefined,
    inlineData: record.isInline ? record.inlineData : undefined,
    extents: record.extents.map(extentFromRecord),
    extentTree:
      record.extentLevels === 0
        ? NO_ROWS
        : { levels: record.extentLevels, nodes: record.extentNodes.map(toSafeNumber) },
    xattrs: record.xattrCount === 0 ? NO_XATTRS : { count: record.xattrCount, bytes: record.xattrBytes },
    stagedBy: decodeId(record.stagedBy),
    version,
    contentVersion: contentVersion === 0n ? version : contentVersion,
  };
}
