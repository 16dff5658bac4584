/* What is in the namespace, and what every call takes. */

/** A path as text or as bytes of valid UTF-8: names separated by single slashes, from the root. */
export type Path = string | Uint8Array;

/** What every call takes. */
export interface OperationOptions {
  /** Aborting ends the operation with CANCELLED. */
  signal?: AbortSignal;
  /**
   * After this many milliseconds in all the operation ends with DEADLINE_EXCEEDED; default: after the client's
   * `deadlineMs` without any progress, so that a long transfer may take its time.
   */
  deadlineMs?: number;
}

/** What has a name in the cluster. */
export type NodeKind = 'file' | 'directory' | 'symlink';

/** What is known of a file, directory or symbolic link. */
export interface Attributes {
  /** Stays the same whatever its names; never used again for another node. */
  inode: bigint;
  /** What it is. */
  kind: NodeKind;
  /** Permission bits. */
  mode: number;
  /** Owner; a number the cluster keeps and does not interpret. */
  uid: number;
  /** Group; a number likewise. */
  gid: number;
  /** Names it has; 1 for a directory. */
  links: number;
  /** Length in bytes of a file, or of a symbolic link's target; 0 for a directory. */
  bytes: number;
  /** A directory's children; 0 for all else. */
  entries: number;
  /** When it was made, by the metaserver's clock, ns since the Unix epoch. */
  createdNs: bigint;
  /** Modification time, ns since the Unix epoch: when the content last changed, unless it was set. */
  modifiedNs: bigint;
  /** When the inode last changed, by the metaserver's clock, ns since the Unix epoch; it cannot be set. */
  changedNs: bigint;
  /** Commit sequence of the transaction that last wrote the inode. */
  version: bigint;
  /** Of the one that last changed a file's bytes or a directory's names; a rename does not. */
  contentVersion: bigint;
}

/** A name in a directory. */
export interface Entry {
  /** The name's bytes, 1 to 255, without a slash. */
  name: Uint8Array;
  /** The name decoded. */
  text: string;
  /** Of what has the name. */
  inode: bigint;
  /** A symbolic link is itself. */
  kind: NodeKind;
  /** Present when the listing asked for attributes. */
  attributes?: Attributes;
}
