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
