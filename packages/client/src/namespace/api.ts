import type { Attributes, OperationOptions, Path } from '../api.js';

/* The namespace beyond files and directories. */

/** The name of an extended attribute: text, or its bytes, which are valid UTF-8 without NUL; 1..255 bytes. */
export type XattrName = string | Uint8Array;

export interface SetXattrOptions extends OperationOptions {
  /** `create`: EXISTS when the attribute is there. `replace`: NOT_FOUND when it is not. Default: either is fine. */
  mode?: 'create' | 'replace';
  /** Compare and swap: CHANGED unless the attribute has this value. */
  ifValue?: Uint8Array;
}

export interface RemoveXattrOptions extends OperationOptions {
  /** CHANGED unless the attribute has this value. */
  ifValue?: Uint8Array;
}

export interface XattrInfo {
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
  getXattr(path: Path, name: XattrName, options?: OperationOptions): Promise<Uint8Array | undefined>;
  /** In the order of their names' bytes, all as of one moment. */
  listXattrs(path: Path, options?: OperationOptions & { values?: boolean }): Promise<XattrInfo[]>;
  /** @throws TesseraError EXISTS, NOT_FOUND, CHANGED, TOO_LARGE */
  setXattr(path: Path, name: XattrName, value: Uint8Array, options?: SetXattrOptions): Promise<Attributes>;
  /** False when there was no such attribute. @throws TesseraError CHANGED */
  removeXattr(path: Path, name: XattrName, options?: RemoveXattrOptions): Promise<boolean>;
}

/** What is left out stays as it is. */
export interface AttributeChanges {
  /** Permission bits, up to 0o7777. */
  mode?: number;
  uid?: number;
  gid?: number;
  /** ns since the Unix epoch, from 0 to 2^64 − 1; `now` is the metaserver's clock. */
  modifiedNs?: bigint | 'now';
}

export interface TouchOptions extends OperationOptions {
  /** Default `now`. */
  modifiedNs?: bigint | 'now';
  /** False: NOT_FOUND when nothing has the name. Default: an empty file is made. */
  create?: boolean;
}

/** Mode, owner and times. `changedNs` is always the metaserver's time of the change. */
export interface AttributeCalls {
  setAttributes(path: Path, changes: AttributeChanges, options?: OperationOptions): Promise<Attributes>;
  /** Makes an empty file, or sets the time of what has the name. */
  touch(path: Path, options?: TouchOptions): Promise<{ attributes: Attributes; created: boolean }>;
}
