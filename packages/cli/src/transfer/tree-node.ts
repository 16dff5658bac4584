/** Something in a tree, local or in the cluster. */
export interface TreeNode {
  /** Below the tree's root, names separated by slashes; '' is the root itself. */
  relative: string;
  kind: 'file' | 'directory' | 'symlink' | 'special';
  /** Of a file. */
  bytes: number;
  modifiedNs: bigint;
  /** Permission bits. */
  mode: number;
  /** Owner and group. */
  uid?: number;
  gid?: number;
  /** Of a file or link with several names: tells it from all others of its side. */
  file?: string;
  /** How many names that has. */
  names?: number;
  /** A file that takes less space than its length. */
  sparse?: boolean;
  /** Tells this content of this file from all others, in letters that file names may have; only in the cluster. */
  identity?: string;
  /** Why it cannot be looked at; it is there. */
  problem?: unknown;
}

/** A node's own name; '' for the root. */
export function nameOf(relative: string): string {
  return relative.slice(relative.lastIndexOf('/') + 1);
}

export function childOf(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}
