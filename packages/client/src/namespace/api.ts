import type { Hints } from '../hints/hints.js';
import type { DirectoryLayout } from '../layout-api.js';
import type { Attributes, OperationOptions, Path } from '../node-api.js';

/* The namespace beyond files and directories. */

/** Whether a link at the end of a path is followed. */
export interface FollowOption {
  /** False: a symbolic link that the path ends with is meant itself, as with lstat. Default: what it leads to. */
  follow?: boolean;
}

/** The name of an extended attribute: text, or its bytes, which are valid UTF-8 without NUL; 1..255 bytes. */
export type XattrName = string | Uint8Array;

/** Under which conditions an extended attribute is set. */
export interface SetXattrOptions extends OperationOptions, FollowOption {
  /** `create`: EXISTS when the attribute is there. `replace`: NOT_FOUND when it is not. Default: either is fine. */
  mode?: 'create' | 'replace';
  /** Compare and swap: CHANGED unless the attribute has this value. */
  ifValue?: Uint8Array;
}

/** Under which condition an extended attribute is removed. */
export interface RemoveXattrOptions extends OperationOptions, FollowOption {
  /** CHANGED unless the attribute has this value. */
  ifValue?: Uint8Array;
}

/** An extended attribute. */
export interface XattrInfo {
  /** The name's bytes. */
  name: Uint8Array;
  /** The name decoded. */
  text: string;
  /** Length of the value. */
  bytes: number;
  /** Present when the listing asked for values. */
  value?: Uint8Array;
}

/**
 * Extended attributes: values of up to 64 KiB under names of the application's choice, at files and directories; at
 * most 1,000 and 256 KiB of names and values in all at one of them. They belong to the inode: a rename keeps them, a
 * file put in place of another has none of the other's.
 */
export interface XattrCalls {
  /** Undefined when the file or directory has no such attribute. */
  getXattr(path: Path, name: XattrName, options?: OperationOptions & FollowOption): Promise<Uint8Array | undefined>;
  /** In the order of their names' bytes, all as of one moment. */
  listXattrs(path: Path, options?: OperationOptions & FollowOption & { values?: boolean }): Promise<XattrInfo[]>;
  /** @throws TesseraError EXISTS, NOT_FOUND, CHANGED, TOO_LARGE */
  setXattr(path: Path, name: XattrName, value: Uint8Array, options?: SetXattrOptions): Promise<Attributes>;
  /** False when there was no such attribute. @throws TesseraError CHANGED */
  removeXattr(path: Path, name: XattrName, options?: RemoveXattrOptions): Promise<boolean>;
}

/** What is left out stays as it is. */
export interface AttributeChanges {
  /** Permission bits, up to 0o7777. */
  mode?: number;
  /** Owner, from 0 to 2^32 − 1. */
  uid?: number;
  /** Group, from 0 to 2^32 − 1. */
  gid?: number;
  /** ns since the Unix epoch, from 0 to 2^64 − 1; `now` is the metaserver's clock. */
  modifiedNs?: bigint | 'now';
}

/** What `touch` does. */
export interface TouchOptions extends OperationOptions, FollowOption {
  /** Default `now`. */
  modifiedNs?: bigint | 'now';
  /** False: NOT_FOUND when nothing has the name. Default: an empty file is made. */
  create?: boolean;
  /** For a file that is made, which keeps them; what is there has its own. */
  hints?: Hints;
}

/** Mode, owner and times. `changedNs` is always the metaserver's time of the change. */
export interface AttributeCalls {
  /** Sets what `changes` names, at once. @throws TesseraError NOT_FOUND, INVALID_ARGUMENT, … */
  setAttributes(path: Path, changes: AttributeChanges, options?: OperationOptions & FollowOption): Promise<Attributes>;
  /** Makes an empty file, or sets the time of what has the name. */
  touch(path: Path, options?: TouchOptions): Promise<{ attributes: Attributes; created: boolean }>;
}

/** How a link is made. */
export interface LinkOptions extends OperationOptions {
  /** Make missing parents of the path; otherwise it is a NOT_FOUND error. */
  makeParents?: boolean;
}

/** How a symbolic link is made. */
export interface SymlinkOptions extends LinkOptions {
  /** Take the place of an existing file or link; otherwise it is an EXISTS error. */
  replace?: boolean;
}

/** Where a symbolic link leads. */
export interface LinkTarget {
  /** As it was written, in bytes. */
  target: Uint8Array;
  /** The target decoded. */
  text: string;
}

/**
 * Links are followed wherever a path leads through them, at most 40 for one path (LINK_LOOP beyond). At the end of a
 * path they are followed by what looks at or changes a node; `putFile`, `mkdir`, `rename`, `remove` and the calls here
 * mean the name itself.
 */
export interface LinkCalls {
  /**
   * Makes a symbolic link at `path`. A target that begins with a slash leads from the root, any other from the link's
   * directory; it may have `.` and `..` and need not exist.
   */
  symlink(target: Path, path: Path, options?: SymlinkOptions): Promise<Attributes>;
  /** Where a symbolic link leads, as it was written. @throws TesseraError INVALID_ARGUMENT when it is none */
  readlink(path: Path, options?: OperationOptions): Promise<LinkTarget>;
  /**
   * Gives a file (or symbolic link) one more name; it lives until its last name goes.
   * @throws TesseraError EXISTS, IS_A_DIRECTORY, TOO_LARGE from 65,000 names on
   */
  link(existing: Path, path: Path, options?: LinkOptions): Promise<Attributes>;
}

/** How a copy is made. */
export interface CopyOptions extends OperationOptions {
  /** Take the place of an existing file or link; otherwise it is an EXISTS error. */
  replace?: boolean;
  /** Make missing parents of the target; otherwise it is a NOT_FOUND error. */
  makeParents?: boolean;
  /** The copy's modification time, ns since the Unix epoch; default: the time of the commit. */
  modifiedNs?: bigint;
  /**
   * `share`: the copy refers to the same segments and no bytes move; COMMIT_REFUSED when they are stored with less than
   * the layout of the target directory asks for. `rewrite`: the bytes are read and written under that layout. Default:
   * `share` where it is possible, else `rewrite`.
   */
  how?: 'auto' | 'share' | 'rewrite';
}

/** What came of a copy. */
export interface CopyResult {
  /** Of the copy. */
  attributes: Attributes;
  /** False: the bytes were read and written. */
  shared: boolean;
}

/** Copies inside the cluster. */
export interface CopyCalls {
  /**
   * Makes a file with the content, mode and owner of another, not its extended attributes; it becomes visible whole, at
   * once. @throws TesseraError EXISTS, IS_A_DIRECTORY, COMMIT_REFUSED, CHANGED when the source was changed meanwhile
   */
  copy(from: Path, to: Path, options?: CopyOptions): Promise<CopyResult>;
}

/** How a directory is made. */
export interface MkdirOptions extends OperationOptions {
  /** Make missing parents; an existing directory is fine. */
  parents?: boolean;
  /** Permission bits; default 0o755. */
  mode?: number;
  /** What the directory sets itself; fields left out are inherited. */
  layout?: Partial<DirectoryLayout>;
}

/** What of a directory is listed. */
export interface ListOptions extends OperationOptions {
  /** Have each entry bring its attributes; default false. */
  attributes?: boolean;
  /** Only names that sort after this one, by unsigned bytes. */
  after?: string | Uint8Array;
  /** At most so many entries. */
  limit?: number;
}
