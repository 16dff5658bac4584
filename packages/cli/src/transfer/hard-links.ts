import type { TreeNode } from './tree-node.js';

/** A name of a file that has others, and which came first of them. */
interface FirstName {
  readonly relative: string;
  /** Whether it is at the destination. */
  readonly done: Promise<boolean>;
  /** Names that have not come yet. */
  left: number;
}

/**
 * Brings files of several names once, under the name that comes first, and makes the others names of it. Holds the files
 * whose names have not all come: those with names outside the tree until the end.
 */
export class HardLinks {
  readonly #known = new Map<string, FirstName>();

  /** `link` is given the name that came first, once that is at the destination. */
  async bring(node: TreeNode, copy: () => Promise<void>, link: (first: string) => Promise<void>): Promise<void> {
    const { file, names = 1 } = node;
    if (file === undefined || names < 2) return copy();
    for (let known = this.#known.get(file); known !== undefined; known = this.#known.get(file)) {
      if (await known.done) {
        if (--known.left === 0) this.#known.delete(file);
        return link(known.relative);
      }
      // It could not be brought under that name: this one is as good.
      if (this.#known.get(file) === known) this.#known.delete(file);
    }
    const copying = copy();
    const done = copying.then(
      () => true,
      () => false,
    );
    this.#known.set(file, { relative: node.relative, done, left: names - 1 });
    return copying;
  }
}
