import { DiskError } from '../../disk.js';
import { type Random, randomBelow } from '../../random.js';
import type { Choose } from '../choice-tree.js';
import type { FileNode } from './file-node.js';

/** A directory apart from its name: its entries as everyone sees them and as they are durable. */
export class DirectoryNode {
  readonly kind = 'directory';
  visible = new Map<string, Entry>();
  readonly durable = new Map<string, Entry>();
}

export type Entry = FileNode | DirectoryNode;

/** One change of names, all of it durable or none: a rename sets two. */
type NameChange = readonly NameSet[];

interface NameSet {
  readonly directory: DirectoryNode;
  readonly name: string;
  readonly entry: Entry | undefined;
}

/** A tree of names, and the changes to it that no directory sync has covered. */
export class Namespace {
  readonly #root = new DirectoryNode();
  #unsynced: NameChange[] = [];

  /** Undefined when nothing has that name. */
  find(path: string): Entry | undefined {
    let entry: Entry | undefined = this.#root;
    for (const name of namesOf(path)) {
      if (!(entry instanceof DirectoryNode)) return undefined;
      entry = entry.visible.get(name);
    }
    return entry;
  }

  /** @throws DiskError NOT_FOUND, NOT_A_DIRECTORY */
  directory(path: string): DirectoryNode {
    return this.#walk(path, namesOf(path));
  }

  /** @throws DiskError NOT_FOUND, NOT_A_DIRECTORY, EXISTS */
  add(path: string, entry: Entry): void {
    const { directory, name } = this.#place(path);
    if (directory.visible.has(name)) throw new DiskError('EXISTS', path, `${path} exists already`);
    this.#change([{ directory, name, entry }]);
  }

  makeDirectories(path: string): void {
    const names = namesOf(path);
    let directory = this.#root;
    for (const name of names) {
      const next = directory.visible.get(name) ?? new DirectoryNode();
      if (!(next instanceof DirectoryNode)) {
        throw new DiskError('NOT_A_DIRECTORY', path, `cannot make ${path}: '${name}' is a file`);
      }
      if (!directory.visible.has(name)) this.#change([{ directory, name, entry: next }]);
      directory = next;
    }
  }

  /** Returns the file that lost its name, if there was one. */
  remove(path: string): FileNode | undefined {
    const entry = this.find(path);
    if (entry instanceof DirectoryNode) throw new DiskError('IO', path, `cannot remove ${path}: it is a directory`);
    if (entry) this.#change([{ ...this.#place(path), entry: undefined }]);
    return entry;
  }

  /** Returns the file whose name was taken, if there was one. */
  rename(from: string, to: string): FileNode | undefined {
    const source = this.#place(from);
    const target = this.#place(to);
    const entry = source.directory.visible.get(source.name);
    const replaced = target.directory.visible.get(target.name);
    if (!entry) throw new DiskError('NOT_FOUND', from, `cannot rename ${from}: nothing has that name`);
    if (entry === replaced) return undefined;
    if (replaced instanceof DirectoryNode) throw new DiskError('IO', to, `cannot rename to ${to}: it is a directory`);
    if (replaced && entry instanceof DirectoryNode) {
      throw new DiskError('NOT_A_DIRECTORY', to, `cannot rename a directory to ${to}: it is a file`);
    }
    this.#change([
      { ...source, entry: undefined },
      { ...target, entry },
    ]);
    return replaced;
  }

  /** Makes durable what happened to the names in a directory, and whatever earlier change those build on. */
  sync(directory: DirectoryNode): void {
    const chosen = this.#closure((change) => change.some((set) => set.directory === directory));
    this.#apply(chosen);
    this.#unsynced = this.#unsynced.filter((change) => !chosen.has(change));
  }

  /** Makes every change so far durable. */
  syncAll(): void {
    this.#apply(new Set(this.#unsynced));
    this.#unsynced = [];
  }

  /** Power loss: of the unsynced changes a prefix survives, or a subset in which none lacks one it builds on. */
  loseUnsynced(random: Random): void {
    const count = randomBelow(random, this.#unsynced.length + 1);
    const prefix = new Set(this.#unsynced.slice(0, count));
    const subset = this.#closure(() => randomBelow(random, 2) === 0);
    this.#keep(randomBelow(random, 2) === 0 ? prefix : subset);
  }

  /** As `loseUnsynced`: a prefix survives, as long as `choose` says. */
  loseChosen(choose: Choose): void {
    this.#keep(new Set(this.#unsynced.slice(0, choose(this.#unsynced.length + 1))));
  }

  /** Every file with its path, in the order of the paths. */
  files(): { path: string; file: FileNode }[] {
    const found: { path: string; file: FileNode }[] = [];
    const visit = (directory: DirectoryNode, prefix: string) => {
      for (const [name, entry] of directory.visible) {
        const path = `${prefix}/${name}`;
        if (entry instanceof DirectoryNode) visit(entry, path);
        else found.push({ path, file: entry });
      }
    };
    visit(this.#root, '');
    return found.sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  /** Every directory's path but the root's, parents before what they hold. */
  directories(): string[] {
    const found: string[] = [];
    const visit = (directory: DirectoryNode, prefix: string) => {
      for (const [name, entry] of directory.visible) {
        if (!(entry instanceof DirectoryNode)) continue;
        found.push(`${prefix}/${name}`);
        visit(entry, `${prefix}/${name}`);
      }
    };
    visit(this.#root, '');
    return found;
  }

  #keep(survivors: ReadonlySet<NameChange>): void {
    this.#apply(survivors);
    this.#unsynced = [];
    this.#eachDirectory(this.#root, (directory) => {
      directory.visible = new Map(directory.durable);
    });
  }

  #change(change: NameChange): void {
    this.#unsynced.push(change);
    for (const set of change) assign(set.directory.visible, set);
  }

  #apply(chosen: ReadonlySet<NameChange>): void {
    for (const change of this.#unsynced) {
      if (chosen.has(change)) for (const set of change) assign(set.directory.durable, set);
    }
  }

  /** The changes that are wanted, and before each the earlier ones that set one of the same names. */
  #closure(wanted: (change: NameChange) => boolean): Set<NameChange> {
    const chosen = new Set<NameChange>();
    const needed = new Map<DirectoryNode, Set<string>>();
    for (const change of this.#unsynced.toReversed()) {
      const isNeeded = change.some((set) => needed.get(set.directory)?.has(set.name));
      if (!wanted(change) && !isNeeded) continue;
      chosen.add(change);
      for (const { directory, name } of change) {
        const names = needed.get(directory) ?? new Set();
        needed.set(directory, names.add(name));
      }
    }
    return chosen;
  }

  #eachDirectory(directory: DirectoryNode, visit: (directory: DirectoryNode) => void): void {
    visit(directory);
    for (const entry of directory.visible.values()) {
      if (entry instanceof DirectoryNode) this.#eachDirectory(entry, visit);
    }
  }

  #place(path: string): { directory: DirectoryNode; name: string } {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw new DiskError('IO', path, `'${path}' names no file`);
    return { directory: this.#walk(path, names), name };
  }

  #walk(path: string, names: readonly string[]): DirectoryNode {
    let entry: Entry | undefined = this.#root;
    for (const name of names) {
      if (!(entry instanceof DirectoryNode)) break;
      entry = entry.visible.get(name);
      if (!entry) throw new DiskError('NOT_FOUND', path, `${path}: nothing has the name '${name}'`);
    }
    if (!(entry instanceof DirectoryNode)) {
      throw new DiskError('NOT_A_DIRECTORY', path, `${path}: a part of it is a file`);
    }
    return entry;
  }
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function assign(entries: Map<string, Entry>, set: NameSet): void {
  if (set.entry) entries.set(set.name, set.entry);
  else entries.delete(set.name);
}
