import type { PathPattern } from './path-pattern.js';
import { nameOf, type TreeNode } from './tree-node.js';

export interface FilterRule {
  readonly takes: boolean;
  readonly pattern: PathPattern;
}

export type PathFilter = (node: Pick<TreeNode, 'relative' | 'kind'>) => boolean;

/**
 * Whether something below the root is taken: the first rule that matches decides. What none matches is taken, unless
 * all rules are includes. Directories are then entered all the same, for what is in them.
 */
export function pathFilter(rules: readonly FilterRule[]): PathFilter {
  const otherwise = rules.length === 0 || rules.some(({ takes }) => !takes);
  return ({ relative, kind }) => {
    const isDirectory = kind === 'directory';
    for (const { takes, pattern } of rules) {
      const { directoriesOnly, wholePath, expression } = pattern;
      if (directoriesOnly && !isDirectory) continue;
      if (expression.test(wholePath ? relative : nameOf(relative))) return takes;
    }
    return otherwise || isDirectory;
  };
}
