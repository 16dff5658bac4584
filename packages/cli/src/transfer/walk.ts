import { TesseraError } from '@tessera/client';
import type { PathFilter } from './path-filter.js';
import type { Side } from './side.js';
import type { TreeNode } from './tree-node.js';

/** A file or link to transfer, or one that cannot be. */
export type Walked = { node: TreeNode; fresh: boolean } | { relative: string; error: unknown };

export interface WalkOptions {
  filter: PathFilter;
  /** Symbolic links stay links; otherwise what they lead to is meant. */
  keepLinks: boolean;
  signal: AbortSignal;
  /**
   * Called before a directory is entered; `fresh`: nothing can be at its destination yet. What it throws is yielded, and
   * the directory left out.
   */
  enter: (directory: TreeNode) => Promise<{ fresh: boolean }>;
}

/**
 * What is below the root of a side: a directory's files, then its directories, sorted. Holds the names of directories
 * yet to be entered along one path, nothing else.
 */
export async function* walk(side: Side, root: TreeNode, options: WalkOptions): AsyncGenerator<Walked> {
  const pending = [root];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const below: TreeNode[] = [];
    try {
      const { fresh } = await options.enter(directory);
      for await (const node of side.entries(directory.relative)) {
        options.signal.throwIfAborted();
        if (!options.filter(node)) continue;
        if (node.kind === 'directory') below.push(node);
        else yield await meant(side, node, fresh, options);
      }
    } catch (error) {
      options.signal.throwIfAborted();
      yield { relative: directory.relative, error };
    }
    pending.push(...below.sort((left, right) => (left.relative < right.relative ? 1 : -1)));
  }
}

/** The node itself, or what a link leads to. */
async function meant(side: Side, node: TreeNode, fresh: boolean, { keepLinks }: WalkOptions): Promise<Walked> {
  const { relative } = node;
  try {
    return { node: await followed(side, node, keepLinks), fresh };
  } catch (error) {
    return { relative, error };
  }
}

/** @throws TesseraError INVALID_ARGUMENT for what no transfer takes, NOT_FOUND for a link to nothing */
export async function followed(side: Side, node: TreeNode, keepLinks: boolean): Promise<TreeNode> {
  const path = side.path(node.relative);
  if (node.problem !== undefined) throw node.problem;
  if (node.kind === 'special') {
    throw new TesseraError('INVALID_ARGUMENT', `${path} is neither a file nor a directory; --exclude leaves it out`);
  }
  if (node.kind !== 'symlink' || keepLinks) return node;
  const target = await side.look(node.relative, { follow: true });
  if (target === undefined) {
    throw new TesseraError('NOT_FOUND', `${path} is a symbolic link to nothing; --preserve links keeps it as a link`);
  }
  if (target.kind === 'file') return target;
  throw new TesseraError(
    target.kind === 'directory' ? 'IS_A_DIRECTORY' : 'INVALID_ARGUMENT',
    `${path} is a symbolic link to what is no file, and is not followed; --preserve links keeps it as a link`,
  );
}
