import { TesseraError } from '@tessera/client';
import { TIME_TOLERANCE_NS } from './limits.js';
import type { TreeNode } from './tree-node.js';

export interface PlanOptions {
  /** Take the place of what differs. */
  replace: boolean;
  /** Compare contents, not times. */
  checksum: boolean;
}

/** What is to become of a file or link, given what has its name at the destination. */
export type Step = 'store' | 'leave' | 'compare';

/** @throws TesseraError EXISTS, IS_A_DIRECTORY, INVALID_ARGUMENT */
export function planStep(source: TreeNode, there: TreeNode | undefined, path: string, options: PlanOptions): Step {
  if (there === undefined) return 'store';
  if (there.kind === 'directory') {
    throw new TesseraError(
      'IS_A_DIRECTORY',
      `${path} is a directory, where a file is to go: remove it, or leave the file out with --exclude`,
    );
  }
  // Whether two links are the same shows only when they are read.
  if (source.kind === 'symlink' && there.kind === 'symlink') return 'compare';
  if (source.kind === 'file' && there.kind === 'file' && source.bytes === there.bytes) {
    if (options.checksum) return 'compare';
    if (isSameTime(source.modifiedNs, there.modifiedNs)) return 'leave';
  }
  return replaceOrRefuse(path, options);
}

/** @throws TesseraError EXISTS */
export function replaceOrRefuse(path: string, { replace }: PlanOptions): 'store' {
  if (replace) return 'store';
  throw new TesseraError('EXISTS', `${path} exists already`);
}

function isSameTime(one: bigint, other: bigint): boolean {
  const apart = one - other;
  return apart <= TIME_TOLERANCE_NS && apart >= -TIME_TOLERANCE_NS;
}
