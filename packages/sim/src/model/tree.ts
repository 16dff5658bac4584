import type { ContentTag } from '../workload/content.js';

/** What a name stands for. */
export type ModelNode = { readonly kind: 'directory' } | { readonly kind: 'file'; readonly tag: ContentTag };

export const DIRECTORY: ModelNode = { kind: 'directory' };

/** A namespace as a value: names below its root, `''`, with slashes between. Parents are always there. */
export class Tree {
  static readonly empty = new Tree(new Map());
  readonly #nodes: ReadonlyMap<string, ModelNode>;
  #key: string | undefined;

  private constructor(nodes: ReadonlyMap<string, ModelNode>) {
    this.#nodes = nodes;
  }

  find(path: string): ModelNode | undefined {
    return path === '' ? DIRECTORY : this.#nodes.get(path);
  }

  /** Names directly in a directory, sorted by their bytes. */
  names(directory: string): string[] {
    const prefix = directory === '' ? '' : `${directory}/`;
    const names: string[] = [];
    for (const path of this.#nodes.keys()) {
      if (!path.startsWith(prefix)) continue;
      const name = path.slice(prefix.length);
      if (!name.includes('/')) names.push(name);
    }
    return names.sort();
  }

  /** All paths with their nodes, in no order. */
  nodes(): IterableIterator<[string, ModelNode]> {
    return this.#nodes.entries();
  }

  /** Everything at and below `path` is gone. */
  without(path: string): Tree {
    return new Tree(new Map([...this.#nodes].filter(([other]) => !isAtOrBelow(other, path))));
  }

  with(path: string, node: ModelNode): Tree {
    return new Tree(new Map(this.#nodes).set(path, node));
  }

  /** Everything at and below `from` stands at `to`. */
  moved(from: string, to: string): Tree {
    const nodes = new Map<string, ModelNode>();
    for (const [path, node] of this.#nodes) {
      nodes.set(isAtOrBelow(path, from) ? to + path.slice(from.length) : path, node);
    }
    return new Tree(nodes);
  }

  /** Equal trees have equal keys. */
  get key(): string {
    this.#key ??= [...this.#nodes]
      .map(([path, node]) => `${path}=${node.kind === 'file' ? node.tag.id : '/'}`)
      .sort()
      .join('|');
    return this.#key;
  }
}

export function isAtOrBelow(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
