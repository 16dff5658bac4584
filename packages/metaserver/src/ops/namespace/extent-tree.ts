import { formatId, type Id, TesseraError } from '@tessera/protocol';
import { decodeExtentIndex, EXTENT_NODES_PER_INDEX, encodeExtentIndex } from '../../records/extent-index.js';
import { EXTENT_NODES_PER_INODE, type ExtentTree, NO_ROWS } from '../../records/inode.js';
import { extentIndexKey } from '../../records/keys.js';
import type { ReadTransaction, Transaction } from '../../store/transaction.js';

/*
 * The tree over the extent rows of a large file: a search tree as databases have them, its topmost list in the inode. A
 * transaction function finds a row by gets alone, without a scan. Rows and index records are named by the lowest offset
 * they are for, so none of them knows how many come before it.
 */

/** The rows of a file in order, as their first offsets, from the one on that `offset` belongs to. */
export function rowsFrom(tx: ReadTransaction, id: Id, tree: ExtentTree, offset: number): Generator<number> {
  return rowsUnder(tx, id, tree.levels, tree.nodes, offset);
}

/** The row with the highest offsets. */
export function lastRow(tx: ReadTransaction, id: Id, tree: ExtentTree): number {
  return lastOf(rightEdge(tx, id, tree)[1] as readonly number[]);
}

/** Adds rows that follow all others. The last index record of each level is filled up before one is begun beside it. */
export function appendRows(tx: Transaction, id: Id, tree: ExtentTree, rows: readonly number[]): ExtentTree {
  let { levels } = tree;
  const edge = rightEdge(tx, id, tree);
  let added = rows;
  for (let level = 1; level < levels && added.length > 0; level++) {
    const list = edge[level] as readonly number[];
    const room = EXTENT_NODES_PER_INDEX - list.length;
    if (room > 0) {
      const key = extentIndexKey(id, level, lastOf(edge[level + 1] as readonly number[]));
      tx.put(key, encodeExtentIndex(tx, [...list, ...added.slice(0, room)]));
    }
    added = insertLists(tx, id, level, added.slice(room));
  }
  let nodes = [...tree.nodes, ...added];
  levels = Math.max(1, levels);
  for (; nodes.length > EXTENT_NODES_PER_INODE; levels++) nodes = insertLists(tx, id, levels, nodes);
  return { levels, nodes };
}

/** Adds a row anywhere. A list that is full is split in two halves, at each level that has no room. */
export function insertRow(tx: Transaction, id: Id, tree: ExtentTree, row: number): ExtentTree {
  const path = pathTo(tx, id, tree, row);
  let nodes = withNode(tree.levels === 0 ? [] : (path[1] as Step).list, row);
  for (let level = 1; level < tree.levels; level++) {
    const above = path[level + 1] as Step;
    const first = above.list[above.index] as number;
    // What begins before all others is the first from now on, and gives its lists their names.
    const renamed = Math.min(first, nodes[0] as number);
    const half = nodes.length > EXTENT_NODES_PER_INDEX ? nodes.length >>> 1 : nodes.length;
    const value = encodeExtentIndex(tx, nodes.slice(0, half));
    if (renamed === first) {
      tx.put(extentIndexKey(id, level, first), value);
    } else {
      tx.delete(extentIndexKey(id, level, first));
      tx.insert(extentIndexKey(id, level, renamed), value);
    }
    const upper = insertLists(tx, id, level, nodes.slice(half));
    if (renamed === first && upper.length === 0) return tree;
    nodes = [...above.list.slice(0, above.index), renamed, ...upper, ...above.list.slice(above.index + 1)];
  }
  let levels = Math.max(1, tree.levels);
  for (; nodes.length > EXTENT_NODES_PER_INODE; levels++) nodes = insertLists(tx, id, levels, nodes);
  return { levels, nodes };
}

/** Takes up to `count` rows off the end, index records without rows with them. The rows themselves are for the caller. */
export function dropLastRows(
  tx: Transaction,
  id: Id,
  tree: ExtentTree,
  count: number,
): { tree: ExtentTree; dropped: number[] } {
  const edge = rightEdge(tx, id, tree);
  let nodes = edge[1] as readonly number[];
  const dropped = nodes.slice(-count);
  nodes = nodes.slice(0, -count);
  for (let level = 1; level < tree.levels; level++) {
    const above = edge[level + 1] as readonly number[];
    const key = extentIndexKey(id, level, lastOf(above));
    if (nodes.length > 0) {
      tx.put(key, encodeExtentIndex(tx, nodes));
      return { tree, dropped };
    }
    tx.delete(key);
    nodes = above.slice(0, -1);
  }
  return { tree: nodes.length === 0 ? NO_ROWS : { levels: tree.levels, nodes }, dropped };
}

/** `nodes` are one level below `level`. */
function* rowsUnder(
  tx: ReadTransaction,
  id: Id,
  level: number,
  nodes: readonly number[],
  offset: number,
): Generator<number> {
  for (let index = lastAtMost(nodes, offset); index < nodes.length; index++) {
    const node = nodes[index] as number;
    if (level === 1) yield node;
    else yield* rowsUnder(tx, id, level - 1, readList(tx, id, level - 1, node), offset);
  }
}

/** Index of the last node that begins at or before `offset`; 0 when none does. */
function lastAtMost(nodes: readonly number[], offset: number): number {
  let low = 0;
  let high = nodes.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((nodes[middle] as number) <= offset) low = middle;
    else high = middle;
  }
  return low;
}

interface Step {
  readonly list: readonly number[];
  /** Of the node that the offset belongs to. */
  readonly index: number;
}

/** By level, from 1 on, the list in which `offset` is looked for; the topmost is the inode's. */
function pathTo(tx: ReadTransaction, id: Id, tree: ExtentTree, offset: number): (Step | undefined)[] {
  const path: (Step | undefined)[] = [];
  let list = tree.nodes;
  for (let level = tree.levels; level >= 1; level--) {
    const index = lastAtMost(list, offset);
    path[level] = { list, index };
    if (level > 1) list = readList(tx, id, level - 1, list[index] as number);
  }
  return path;
}

function withNode(nodes: readonly number[], node: number): number[] {
  const at = nodes.findIndex((other) => other > node);
  return at < 0 ? [...nodes, node] : [...nodes.slice(0, at), node, ...nodes.slice(at)];
}

/** By level, from 1 on, the list whose nodes are the last ones; the topmost is the inode's. */
function rightEdge(tx: ReadTransaction, id: Id, tree: ExtentTree): (readonly number[] | undefined)[] {
  const edge: (readonly number[] | undefined)[] = [];
  let list = tree.nodes;
  for (let level = tree.levels; level >= 1; level--) {
    edge[level] = list;
    if (level > 1) list = readList(tx, id, level - 1, lastOf(list));
  }
  return edge;
}

/** Writes lists of nodes into new index records. Returns the records' first offsets. */
function insertLists(tx: Transaction, id: Id, level: number, nodes: readonly number[]): number[] {
  const firsts: number[] = [];
  for (let start = 0; start < nodes.length; start += EXTENT_NODES_PER_INDEX) {
    const list = nodes.slice(start, start + EXTENT_NODES_PER_INDEX);
    const first = list[0] as number;
    tx.insert(extentIndexKey(id, level, first), encodeExtentIndex(tx, list));
    firsts.push(first);
  }
  return firsts;
}

function readList(tx: ReadTransaction, id: Id, level: number, first: number): readonly number[] {
  const value = tx.get(extentIndexKey(id, level, first));
  const list = value === undefined ? [] : decodeExtentIndex(value);
  if (list.length > 0) return list;
  throw new TesseraError(
    'CORRUPT',
    `extent index ${level}/${first} of inode ${formatId(id)} is missing or empty: check the metadata store`,
  );
}

function lastOf(nodes: readonly number[]): number {
  return nodes[nodes.length - 1] as number;
}
