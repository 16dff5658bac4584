import { obstacle, type Refusal } from './mutation.js';
import type { ModelNode, Tree } from './tree.js';

/** What stands at a path, or why nothing can be found there. */
export function resolve(tree: Tree, path: string): ModelNode | Refusal {
  return (path === '' ? undefined : obstacle(tree, path)) ?? tree.find(path) ?? 'NOT_FOUND';
}

/** The file at a path, or why its content cannot be read. */
export function resolveFile(tree: Tree, path: string): Extract<ModelNode, { kind: 'file' }> | Refusal {
  const node = resolve(tree, path);
  if (typeof node === 'string') return node;
  return node.kind === 'file' ? node : 'IS_A_DIRECTORY';
}

/** Whether there is a directory at a path, or why it cannot be listed. */
export function resolveDirectory(tree: Tree, path: string): Extract<ModelNode, { kind: 'directory' }> | Refusal {
  const node = resolve(tree, path);
  if (typeof node === 'string') return node;
  return node.kind === 'directory' ? node : 'NOT_A_DIRECTORY';
}
