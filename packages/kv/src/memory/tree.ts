import { compareKeys } from '../order.js';
import type { KvEntry, KvRange } from '../store.js';

/** Entries of a leaf, and children of an inner node; a fuller one splits in two. */
const NODE_ENTRIES_MAX = 64;

/** An inner node's `keys[i]` is at or below every key of `children[i]`, and above those of `children[i - 1]`. */
interface Node {
  /** Who may change it in place. */
  readonly owner: object;
  readonly keys: Uint8Array[];
  /** Set in a leaf. */
  readonly values: Uint8Array[] | undefined;
  /** Set in an inner node. */
  readonly children: Node[] | undefined;
}

/** The tree as it was at some moment; it stays so for as long as anyone holds it. */
export type TreeSnapshot = Node;

/** A B+tree whose nodes are copied before they change if a snapshot may see them. Buffers are copied in and out. */
export class KeyTree {
  #owner = {};
  #root: Node;

  constructor(snapshot?: TreeSnapshot) {
    this.#root = snapshot ?? { owner: this.#owner, keys: [], values: [], children: undefined };
  }

  snapshot(): TreeSnapshot {
    this.#owner = {};
    return this.#root;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    let node = this.#root;
    while (node.children) node = node.children[childIndex(node, key)] as Node;
    const index = lowerBound(node.keys, key);
    const found = node.keys[index];
    return found && compareKeys(found, key) === 0 ? node.values?.[index]?.slice() : undefined;
  }

  /** Key and value are copied; a Buffer's own slice would be no copy. */
  set(key: Uint8Array, value: Uint8Array): void {
    this.#root = this.#own(this.#root);
    this.#insert(this.#root, new Uint8Array(key), new Uint8Array(value));
    if (!isOverfull(this.#root)) return;
    const left = this.#root;
    const right = this.#split(left);
    const keys = [left.keys[0], right.keys[0]] as Uint8Array[];
    this.#root = { owner: this.#owner, keys, values: undefined, children: [left, right] };
  }

  delete(key: Uint8Array): void {
    if (this.get(key) === undefined) return;
    this.#root = this.#own(this.#root);
    this.#remove(this.#root, key);
    while (this.#root.children?.length === 1) this.#root = this.#root.children[0] as Node;
    if (this.#root.children?.length === 0) {
      this.#root = { owner: this.#owner, keys: [], values: [], children: undefined };
    }
  }

  #insert(node: Node, key: Uint8Array, value: Uint8Array): void {
    if (!node.children) {
      const values = node.values as Uint8Array[];
      const index = lowerBound(node.keys, key);
      const found = node.keys[index];
      if (found && compareKeys(found, key) === 0) {
        values[index] = value;
      } else {
        node.keys.splice(index, 0, key);
        values.splice(index, 0, value);
      }
      return;
    }
    const index = childIndex(node, key);
    const child = this.#ownChild(node, index);
    this.#insert(child, key, value);
    node.keys[index] = child.keys[0] as Uint8Array;
    if (!isOverfull(child)) return;
    const right = this.#split(child);
    node.keys.splice(index + 1, 0, right.keys[0] as Uint8Array);
    node.children.splice(index + 1, 0, right);
  }

  /** Takes out a key that is there, and nodes that become empty. */
  #remove(node: Node, key: Uint8Array): void {
    if (!node.children) {
      const index = lowerBound(node.keys, key);
      node.keys.splice(index, 1);
      node.values?.splice(index, 1);
      return;
    }
    const index = childIndex(node, key);
    const child = this.#ownChild(node, index);
    this.#remove(child, key);
    if (child.keys.length > 0) return;
    node.keys.splice(index, 1);
    node.children.splice(index, 1);
  }

  #split(node: Node): Node {
    const half = node.keys.length >> 1;
    return {
      owner: this.#owner,
      keys: node.keys.splice(half),
      values: node.values?.splice(half),
      children: node.children?.splice(half),
    };
  }

  #ownChild(node: Node, index: number): Node {
    const child = this.#own((node.children as Node[])[index] as Node);
    (node.children as Node[])[index] = child;
    return child;
  }

  #own(node: Node): Node {
    if (node.owner === this.#owner) return node;
    const { keys, values, children } = node;
    return { owner: this.#owner, keys: keys.slice(), values: values?.slice(), children: children?.slice() };
  }
}

/** The first `limit` entries of a range, in its direction. */
export function entriesOf(snapshot: TreeSnapshot, range: KvRange, limit: number): KvEntry[] {
  const found: KvEntry[] = [];
  if (range.reverse) collectDown(snapshot, range, limit, found);
  else collectUp(snapshot, range, limit, found);
  return found;
}

/** False when the end of the range or the limit was met. */
function collectUp(node: Node, range: KvRange, limit: number, found: KvEntry[]): boolean {
  const { from, to } = range;
  if (node.children) {
    for (let index = from ? childIndex(node, from) : 0; index < node.children.length; index++) {
      if (!collectUp(node.children[index] as Node, range, limit, found)) return false;
    }
    return true;
  }
  for (let index = from ? lowerBound(node.keys, from) : 0; index < node.keys.length; index++) {
    if (found.length >= limit || (to && compareKeys(node.keys[index] as Uint8Array, to) >= 0)) return false;
    found.push(entryAt(node, index));
  }
  return true;
}

function collectDown(node: Node, range: KvRange, limit: number, found: KvEntry[]): boolean {
  const { from, to } = range;
  if (node.children) {
    for (let index = to ? childIndex(node, to) : node.children.length - 1; index >= 0; index--) {
      if (!collectDown(node.children[index] as Node, range, limit, found)) return false;
    }
    return true;
  }
  for (let index = (to ? lowerBound(node.keys, to) : node.keys.length) - 1; index >= 0; index--) {
    if (found.length >= limit || (from && compareKeys(node.keys[index] as Uint8Array, from) < 0)) return false;
    found.push(entryAt(node, index));
  }
  return true;
}

function entryAt({ keys, values = [] }: Node, index: number): KvEntry {
  return { key: (keys[index] as Uint8Array).slice(), value: (values[index] as Uint8Array).slice() };
}

function isOverfull(node: Node): boolean {
  return node.keys.length > NODE_ENTRIES_MAX;
}

/** The first index whose key is at or above `key`. */
function lowerBound(keys: readonly Uint8Array[], key: Uint8Array): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys(keys[middle] as Uint8Array, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The child that would hold `key`. */
function childIndex(node: Node, key: Uint8Array): number {
  const index = lowerBound(node.keys, key);
  const found = node.keys[index];
  return found && compareKeys(found, key) === 0 ? index : Math.max(0, index - 1);
}
