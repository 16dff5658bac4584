import type { DirectoryLayout } from '@tessera/client';
import type { ContentTag } from '../../workload/content.js';

interface Common {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly xattrs: ReadonlyMap<string, string>;
  /** The cluster's number for it; undefined until somebody was told. */
  readonly inode: bigint | undefined;
  /** What it sets itself. */
  readonly layout: Partial<DirectoryLayout>;
}

export interface CommonsDirectory extends Common {
  readonly kind: 'directory';
  /** Nodes by name. */
  readonly entries: ReadonlyMap<string, number>;
}

export interface CommonsFile extends Common {
  readonly kind: 'file';
  readonly tag: ContentTag;
}

export interface CommonsSymlink extends Common {
  readonly kind: 'symlink';
  readonly target: string;
}

/** A file, directory or symbolic link, by whatever names it has. */
export type CommonsNode = CommonsDirectory | CommonsFile | CommonsSymlink;

export const ROOT = 0;
export const FILE_MODE = 0o644;
export const DIRECTORY_MODE = 0o755;
export const SYMLINK_MODE = 0o777;

const PLAIN = { uid: 0, gid: 0, xattrs: new Map<string, string>(), inode: undefined, layout: {} };

export function newFile(tag: ContentTag): CommonsFile {
  return { kind: 'file', mode: FILE_MODE, tag, ...PLAIN };
}

export function newDirectory(): CommonsDirectory {
  return { kind: 'directory', mode: DIRECTORY_MODE, entries: new Map(), ...PLAIN };
}

export function newSymlink(target: string): CommonsSymlink {
  return { kind: 'symlink', mode: SYMLINK_MODE, target, ...PLAIN };
}

/** A namespace as a value: nodes by numbers of our own, from the root on. What has no name is not there. */
export class CommonsState {
  readonly #nodes: ReadonlyMap<number, CommonsNode>;
  /** Inodes of files that lost their last name with a tree: they are taken apart later. */
  readonly condemned: ReadonlySet<bigint>;
  /** Whether names went with a tree: until they are taken apart they count. */
  readonly areLinksUnsure: boolean;
  #key: string | undefined;

  private constructor(
    nodes: ReadonlyMap<number, CommonsNode>,
    condemned: ReadonlySet<bigint>,
    areLinksUnsure: boolean,
  ) {
    this.#nodes = nodes;
    this.condemned = condemned;
    this.areLinksUnsure = areLinksUnsure;
  }

  /** A directory without anything, which sets this layout. */
  static empty(layout: Partial<DirectoryLayout>): CommonsState {
    return new CommonsState(new Map([[ROOT, { ...newDirectory(), layout }]]), new Set(), false);
  }

  node(id: number): CommonsNode {
    return this.#nodes.get(id) as CommonsNode;
  }

  directory(id: number): CommonsDirectory {
    return this.#nodes.get(id) as CommonsDirectory;
  }

  /** The directory that holds a directory; undefined above the root. */
  parentOf(id: number): number | undefined {
    for (const [holder, node] of this.#nodes) {
      if (node.kind === 'directory' && [...node.entries.values()].includes(id)) return holder;
    }
    return undefined;
  }

  /** How many names it has. */
  links(id: number): number {
    let links = 0;
    for (const node of this.#nodes.values()) {
      if (node.kind === 'directory') for (const child of node.entries.values()) if (child === id) links++;
    }
    return links;
  }

  byInode(inode: bigint): number | undefined {
    for (const [id, node] of this.#nodes) if (node.inode === inode) return id;
    return undefined;
  }

  /** Whether `id` is `ancestor` or below it. */
  isUnder(id: number, ancestor: number): boolean {
    for (let at: number | undefined = id; at !== undefined; at = this.parentOf(at)) if (at === ancestor) return true;
    return false;
  }

  with(id: number, node: CommonsNode): CommonsState {
    return new CommonsState(new Map(this.#nodes).set(id, node), this.condemned, this.areLinksUnsure);
  }

  withEntry(directory: number, name: string, id: number): CommonsState {
    const holder = this.directory(directory);
    return this.with(directory, { ...holder, entries: new Map(holder.entries).set(name, id) });
  }

  /** Takes a name away, and what has no name then. */
  withoutEntry(directory: number, name: string): CommonsState {
    const holder = this.directory(directory);
    const entries = new Map(holder.entries);
    const id = entries.get(name);
    entries.delete(name);
    return this.with(directory, { ...holder, entries }).#swept(id);
  }

  /** Equal states have equal keys. */
  get key(): string {
    this.#key ??= `${[...this.#nodes]
      .map(([id, node]) => `${id}=${keyOf(node)}`)
      .sort()
      .join('|')}${this.areLinksUnsure ? ' unsure' : ''} ${[...this.condemned].sort().join(' ')}`;
    return this.#key;
  }

  /** Without what cannot be reached from the root. `removed` is what lost a name just now. */
  #swept(removed: number | undefined): CommonsState {
    const reached = new Set<number>();
    const open = [ROOT];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (reached.has(id)) continue;
      reached.add(id);
      const node = this.node(id);
      if (node.kind === 'directory') open.push(...node.entries.values());
    }
    if (reached.size === this.#nodes.size) return this;
    const isTree = removed !== undefined && this.#isTree(removed);
    const condemned = new Set(this.condemned);
    const left = new Map<number, CommonsNode>();
    for (const [id, node] of this.#nodes) {
      if (reached.has(id)) left.set(id, node);
      else if (isTree || this.areLinksUnsure) {
        // A name of it that went with a tree before may still count.
        if (node.inode !== undefined) condemned.add(node.inode);
      }
    }
    return new CommonsState(left, condemned, this.areLinksUnsure || isTree);
  }

  #isTree(id: number): boolean {
    const node = this.node(id);
    return node.kind === 'directory' && node.entries.size > 0;
  }
}

function keyOf(node: CommonsNode): string {
  const { mode, uid, gid, inode, xattrs, layout } = node;
  const common = [mode, uid, gid, inode ?? '?', pairs(xattrs), pairs(Object.entries(layout))].join(',');
  if (node.kind === 'file') return `#${node.tag.id} ${common}`;
  return node.kind === 'symlink' ? `->${node.target} ${common}` : `{${pairs(node.entries)}} ${common}`;
}

function pairs(entries: Iterable<readonly [string, unknown]>): string {
  return [...entries]
    .map(([name, value]) => `${name}:${value}`)
    .sort()
    .join(' ');
}
