import type { ErrorCode } from '@tessera/protocol';

/** A file or directory of the model. `inode` is what the service called it, once it did. */
export interface ModelNode {
  readonly kind: 'file' | 'directory';
  parent: ModelNode | undefined;
  readonly children: Map<string, ModelNode>;
  readonly content: string;
  inode: Uint8Array | undefined;
}

/** A node: names from a directory on. */
export interface ModelRef {
  readonly base: ModelNode;
  readonly names: readonly string[];
}

/** What the model refuses, by the code alone. */
export class ModelRefusal extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode) {
    super(code);
    this.code = code;
  }
}

/** The namespace as a plain tree in memory: what the operations mean, in as few words as possible. */
export class NamespaceModel {
  readonly root = newNode('directory');

  mkdir(at: ModelRef, parents: boolean): { node: ModelNode; created: boolean } {
    const name = at.names.at(-1);
    if (name === undefined) {
      const node = this.find(at);
      if (!parents) throw new ModelRefusal('EXISTS');
      return { node, created: false };
    }
    const directory = this.#directoryOf(at, parents);
    const existing = directory.children.get(name);
    if (existing !== undefined) {
      if (!parents || existing.kind === 'file') throw new ModelRefusal('EXISTS');
      return { node: existing, created: false };
    }
    return { node: link(directory, name, newNode('directory')), created: true };
  }

  put(at: ModelRef, options: { content: string; replace: boolean; parents: boolean }): ModelNode {
    const name = requireName(at);
    const directory = this.#directoryOf(at, options.parents);
    const existing = directory.children.get(name);
    if (existing?.kind === 'directory') throw new ModelRefusal('IS_A_DIRECTORY');
    if (existing !== undefined && !options.replace) throw new ModelRefusal('EXISTS');
    if (existing !== undefined) existing.parent = undefined;
    return link(directory, name, newNode('file', options.content));
  }

  rename(from: ModelRef, to: ModelRef, replace: boolean): ModelNode {
    const fromName = requireName(from);
    const toName = requireName(to);
    const source = this.#directoryOf(from, false);
    const moved = source.children.get(fromName);
    if (moved === undefined) throw new ModelRefusal('NOT_FOUND');
    const target = this.#directoryOf(to, false);
    const existing = target.children.get(toName);
    if (existing === moved) return moved;
    if (isUnder(target, moved)) throw new ModelRefusal('INVALID_ARGUMENT');
    if (existing !== undefined) {
      if (!replace) throw new ModelRefusal('EXISTS');
      if (existing.kind === 'file' && moved.kind === 'directory') throw new ModelRefusal('NOT_A_DIRECTORY');
      if (existing.kind === 'directory' && moved.kind === 'file') throw new ModelRefusal('IS_A_DIRECTORY');
      if (existing.children.size > 0) throw new ModelRefusal('NOT_EMPTY');
      existing.parent = undefined;
    }
    source.children.delete(fromName);
    return link(target, toName, moved);
  }

  remove(at: ModelRef, recursive: boolean): void {
    const name = requireName(at);
    const directory = this.#directoryOf(at, false);
    const node = directory.children.get(name);
    if (node === undefined) throw new ModelRefusal('NOT_FOUND');
    if (node.children.size > 0 && !recursive) throw new ModelRefusal('NOT_EMPTY');
    directory.children.delete(name);
    node.parent = undefined;
  }

  find(at: ModelRef): ModelNode {
    const name = at.names.at(-1);
    if (name === undefined) {
      this.#requireAttached(at.base);
      return at.base;
    }
    const node = this.#directoryOf(at, false).children.get(name);
    if (node === undefined) throw new ModelRefusal('NOT_FOUND');
    return node;
  }

  /** A directory's entries by name, from the first that sorts after `after` on. */
  list(at: ModelRef, after: string, limit: number): { names: string[]; more: boolean } {
    const directory = this.find(at);
    if (directory.kind === 'file') throw new ModelRefusal('NOT_A_DIRECTORY');
    const names = [...directory.children.keys()].filter((name) => name > after).sort();
    return { names: names.slice(0, limit), more: names.length > limit };
  }

  /** All that hangs below the root. */
  counts(): { files: number; directories: number; logicalBytes: number } {
    const counts = { files: 0, directories: 0, logicalBytes: 0 };
    const visit = (node: ModelNode) => {
      if (node.kind === 'file') {
        counts.files += 1;
        counts.logicalBytes += node.content.length;
      } else counts.directories += 1;
      for (const child of node.children.values()) visit(child);
    };
    visit(this.root);
    return counts;
  }

  /** The directory that holds the last name. */
  #directoryOf({ base, names }: ModelRef, makeParents: boolean): ModelNode {
    this.#requireAttached(base);
    let directory = base;
    for (const name of names.slice(0, -1)) {
      let next = directory.children.get(name);
      if (next === undefined) {
        if (!makeParents) throw new ModelRefusal('NOT_FOUND');
        next = link(directory, name, newNode('directory'));
      }
      if (next.kind === 'file') throw new ModelRefusal('NOT_A_DIRECTORY');
      directory = next;
    }
    return directory;
  }

  #requireAttached(node: ModelNode): void {
    if (!isUnder(node, this.root)) throw new ModelRefusal('NOT_FOUND');
  }
}

function newNode(kind: ModelNode['kind'], content = ''): ModelNode {
  return { kind, parent: undefined, children: new Map(), content, inode: undefined };
}

function link(directory: ModelNode, name: string, node: ModelNode): ModelNode {
  directory.children.set(name, node);
  node.parent = directory;
  return node;
}

function isUnder(node: ModelNode, ancestor: ModelNode): boolean {
  for (let at: ModelNode | undefined = node; at !== undefined; at = at.parent) if (at === ancestor) return true;
  return false;
}

function requireName({ names }: ModelRef): string {
  const name = names.at(-1);
  if (name === undefined) throw new ModelRefusal('INVALID_PATH');
  return name;
}
