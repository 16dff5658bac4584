import type { TreeNode } from './tree-node.js';

/** What is left out stays. Local owners are set by root only: others may not. */
export interface AttributeChanges {
  modifiedNs?: bigint;
  mode?: number;
  uid?: number;
  gid?: number;
}

/** One end of a transfer: a tree on the local disk or in the cluster. Paths are relative to its root. */
export interface Side {
  /** For messages and calls. */
  path(relative: string): string;
  /** What has the name; undefined when nothing has. A symbolic link is itself unless followed. */
  look(relative: string, options?: { follow: boolean }): Promise<TreeNode | undefined>;
  /** What a directory holds, in any order. */
  entries(directory: string): AsyncIterable<TreeNode>;
  /** False when it was there already. */
  makeDirectory(relative: string, options: { parents: boolean; mode: number | undefined }): Promise<boolean>;
  readLink(relative: string): Promise<string>;
  makeLink(relative: string, target: string, options: { replace: boolean }): Promise<void>;
  /** One more name, of what `existing` is. */
  makeHardLink(relative: string, existing: string, options: { replace: boolean }): Promise<void>;
  setAttributes(relative: string, changes: AttributeChanges): Promise<void>;
  /** A file, link or empty directory. */
  remove(node: TreeNode): Promise<void>;
  /** SHA-256 of a file's bytes, hexadecimal. */
  digest(relative: string): Promise<string>;
}
