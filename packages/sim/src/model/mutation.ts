import type { ContentTag } from '../workload/content.js';
import { DIRECTORY, isAtOrBelow, parentOf, type Tree } from './tree.js';

/** A change of the namespace that a client asks for. */
export type Mutation =
  | { readonly type: 'put'; readonly path: string; readonly tag: ContentTag; readonly replace: boolean }
  | { readonly type: 'mkdir'; readonly path: string }
  | { readonly type: 'rename'; readonly from: string; readonly to: string; readonly replace: boolean }
  | { readonly type: 'remove'; readonly path: string; readonly recursive: boolean };

/** How the namespace may refuse a mutation. */
export type Refusal = 'NOT_FOUND' | 'EXISTS' | 'NOT_A_DIRECTORY' | 'IS_A_DIRECTORY' | 'NOT_EMPTY' | 'INVALID_ARGUMENT';

export type Outcome = { readonly tree: Tree } | { readonly refusal: Refusal };

/** What a mutation does to a namespace when nothing else goes on. */
export function execute(tree: Tree, mutation: Mutation): Outcome {
  switch (mutation.type) {
    case 'put':
      return put(tree, mutation.path, mutation.tag, mutation.replace);
    case 'mkdir':
      return mkdir(tree, mutation.path);
    case 'rename':
      return rename(tree, mutation.from, mutation.to, mutation.replace);
    case 'remove':
      return remove(tree, mutation.path, mutation.recursive);
  }
}

/** Why `path` cannot be reached, down to its parent. */
export function obstacle(tree: Tree, path: string): Refusal | undefined {
  const names = path.split('/');
  for (let depth = 1; depth < names.length; depth++) {
    const ancestor = tree.find(names.slice(0, depth).join('/'));
    if (ancestor === undefined) return 'NOT_FOUND';
    if (ancestor.kind === 'file') return 'NOT_A_DIRECTORY';
  }
  return undefined;
}

function put(tree: Tree, path: string, tag: ContentTag, replace: boolean): Outcome {
  const refusal = obstacle(tree, path);
  if (refusal) return { refusal };
  const there = tree.find(path);
  if (there?.kind === 'directory') return { refusal: 'IS_A_DIRECTORY' };
  if (there && !replace) return { refusal: 'EXISTS' };
  return { tree: tree.with(path, { kind: 'file', tag }) };
}

function mkdir(tree: Tree, path: string): Outcome {
  const refusal = obstacle(tree, path);
  if (refusal) return { refusal };
  return tree.find(path) ? { refusal: 'EXISTS' } : { tree: tree.with(path, DIRECTORY) };
}

function remove(tree: Tree, path: string, recursive: boolean): Outcome {
  const refusal = obstacle(tree, path);
  if (refusal) return { refusal };
  const there = tree.find(path);
  if (!there) return { refusal: 'NOT_FOUND' };
  if (there.kind === 'directory' && !recursive && tree.names(path).length > 0) return { refusal: 'NOT_EMPTY' };
  return { tree: tree.without(path) };
}

function rename(tree: Tree, from: string, to: string, replace: boolean): Outcome {
  const refusal = obstacle(tree, from) ?? (tree.find(from) ? obstacle(tree, to) : 'NOT_FOUND');
  if (refusal) return { refusal };
  const moved = tree.find(from);
  const there = tree.find(to);
  if (from === to) return { tree };
  if (moved?.kind === 'directory' && isAtOrBelow(parentOf(to), from)) return { refusal: 'INVALID_ARGUMENT' };
  if (there === undefined) return { tree: tree.moved(from, to) };
  if (!replace) return { refusal: 'EXISTS' };
  if (there.kind === 'file') {
    if (moved?.kind === 'directory') return { refusal: 'NOT_A_DIRECTORY' };
  } else {
    if (moved?.kind === 'file') return { refusal: 'IS_A_DIRECTORY' };
    if (tree.names(to).length > 0) return { refusal: 'NOT_EMPTY' };
  }
  return { tree: tree.without(to).moved(from, to) };
}

/** For people. */
export function describe(mutation: Mutation): string {
  switch (mutation.type) {
    case 'put':
      return `put ${mutation.path} #${mutation.tag.id} (${mutation.tag.bytes} bytes)${mutation.replace ? ' replacing' : ''}`;
    case 'mkdir':
      return `mkdir ${mutation.path}`;
    case 'rename':
      return `rename ${mutation.from} to ${mutation.to}${mutation.replace ? ' replacing' : ''}`;
    case 'remove':
      return `remove ${mutation.path}${mutation.recursive ? ' recursively' : ''}`;
  }
}
