import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Id } from '@tessera/protocol';
import fc from 'fast-check';
import { EXTENT_NODES_PER_INDEX } from '../../records/extent-index.js';
import { EXTENT_NODES_PER_INODE, type ExtentTree, NO_ROWS } from '../../records/inode.js';
import { extentIndexKey } from '../../records/keys.js';
import type { Transaction } from '../../store/transaction.js';
import { MemoryStore } from '../../testing/memory-store.js';
import { appendRows, dropLastRows, insertRow, lastRow, rowsFrom } from './extent-tree.js';

const FILE: Id = 7n;
const ROW_BYTES = 1_000;

/** Rows at 0, 1,000, … appended in groups of these sizes. */
function grown(groups: readonly number[]) {
  const store = new MemoryStore();
  let tree: ExtentTree = NO_ROWS;
  let rows = 0;
  for (const count of groups) {
    const added = Array.from({ length: count }, (_, index) => (rows + index) * ROW_BYTES);
    tree = store.run((tx) => appendRows(tx, FILE, tree, added));
    rows += count;
  }
  return { store, tree, rows };
}

function from(store: MemoryStore, tree: ExtentTree, offset: number, count: number): number[] {
  return store.run((tx) => {
    const found: number[] = [];
    for (const row of rowsFrom(tx, FILE, tree, offset)) if (found.push(row) === count) break;
    return found;
  });
}

test('the tree grows a level when the inode is full, and again when that is', () => {
  assert.deepEqual(grown([EXTENT_NODES_PER_INODE]).tree.levels, 1);
  const two = grown([EXTENT_NODES_PER_INODE, 1]);
  assert.deepEqual(two.tree, { levels: 2, nodes: [0] });
  assert.equal(two.store.entries.size, 1);
  const full = EXTENT_NODES_PER_INODE * EXTENT_NODES_PER_INDEX;
  assert.equal(grown([full]).tree.levels, 2);
  const three = grown([full, 1]);
  assert.deepEqual(three.tree, { levels: 3, nodes: [0] });
  assert.equal(lastRowOf(three), full * ROW_BYTES);
});

test('rows are found from any offset on, however they were appended', () => {
  const total = 17_000;
  for (const groups of [[total], [63, 1, 1, 300, 16_000, 635], [...new Array(100).fill(16), total - 1_600]]) {
    const { store, tree, rows } = grown(groups);
    assert.equal(rows, total);
    assert.equal(tree.levels, 3);
    assert.ok(tree.nodes.length <= EXTENT_NODES_PER_INODE);
    for (const row of [0, 1, 63, 64, 255, 256, 257, 16_383, 16_384, total - 2]) {
      const offset = row * ROW_BYTES;
      assert.deepEqual(from(store, tree, offset, 2), [offset, offset + ROW_BYTES]);
      assert.deepEqual(from(store, tree, offset + ROW_BYTES - 1, 2), [offset, offset + ROW_BYTES]);
    }
    assert.equal(from(store, tree, 0, Number.POSITIVE_INFINITY).length, total);
    assert.deepEqual(from(store, tree, Number.MAX_SAFE_INTEGER, 2), [(total - 1) * ROW_BYTES]);
  }
});

test('what lies before the first row begins with it', () => {
  const store = new MemoryStore();
  const rows = Array.from({ length: 70 }, (_, index) => 5_000 + index);
  const tree = store.run((tx) => appendRows(tx, FILE, NO_ROWS, rows));
  assert.deepEqual(from(store, tree, 0, 2), [5_000, 5_001]);
});

test('an appended row writes one index record, and one a level where that is full', () => {
  const { store, tree } = grown([17_000]);
  const written: number[] = [];
  let grownTree = tree;
  for (let row = 17_000; row < 17_600; row++) {
    let keys = new Set<string>();
    grownTree = store.run((tx) => {
      keys = new Set();
      return appendRows(counting(tx, keys), FILE, grownTree, [row * ROW_BYTES]);
    });
    written.push(keys.size);
  }
  assert.equal(Math.max(...written), 2);
  assert.ok(written.filter((keys) => keys === 1).length > 590);
});

test('rows dropped from the end take the index with them, down to nothing', () => {
  const grownTree = grown([16_500]);
  const { store } = grownTree;
  let { tree, rows } = grownTree;
  for (let step = 0; tree.levels > 0; step++) {
    const count = [1, 2, 700][step % 3] as number;
    const { tree: next, dropped } = store.run((tx) => dropLastRows(tx, FILE, tree, count));
    tree = next;
    assert.ok(dropped.length >= 1 && dropped.length <= count);
    assert.equal(dropped[dropped.length - 1], (rows - 1) * ROW_BYTES);
    rows -= dropped.length;
    if (tree.levels > 0) assert.equal(lastRowOf({ store, tree }), (rows - 1) * ROW_BYTES);
  }
  assert.equal(rows, 0);
  assert.deepEqual(tree, NO_ROWS);
  assert.equal(store.entries.size, 0);
});

test('rows are appended again after some were dropped', () => {
  const { store, tree } = grown([400]);
  let { tree: shorter } = store.run((tx) => dropLastRows(tx, FILE, tree, 200));
  shorter = store.run((tx) => appendRows(tx, FILE, shorter, [900_000, 900_001]));
  const rows = from(store, shorter, 0, 1_000);
  assert.deepEqual(rows.slice(-2), [900_000, 900_001]);
  assert.equal(rows[rows.length - 3], (rows.length - 3) * ROW_BYTES);
});

test('a missing index record is corruption', () => {
  const { store, tree } = grown([17_000]);
  store.run((tx) => tx.delete(extentIndexKey(FILE, 2, 0)));
  assert.throws(() => from(store, tree, 5, 1), { code: 'CORRUPT', message: /extent index 2\/0 of inode/ });
});

function lastRowOf({ store, tree }: { store: MemoryStore; tree: ExtentTree }): number {
  return store.run((tx) => lastRow(tx, FILE, tree));
}

function counting(tx: Transaction, keys: Set<string>): Transaction {
  return {
    ...tx,
    put(key, value) {
      keys.add(String(key));
      tx.put(key, value);
    },
    insert(key, value) {
      keys.add(String(key));
      tx.insert(key, value);
    },
  };
}

test('rows inserted anywhere are found in order, and the index stays a search tree', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 60 }), fc.nat(), (seeds, salt) => {
      const store = new MemoryStore();
      let tree: ExtentTree = NO_ROWS;
      const rows = new Set<number>();
      store.run((tx) => {
        tree = NO_ROWS;
        rows.clear();
        for (let round = 0; round < 20; round++) {
          for (const seed of seeds) {
            const row = (seed * 7_919 + round * (salt % 99_991) * 31) % 10_000_019;
            if (rows.has(row)) continue;
            rows.add(row);
            tree = insertRow(tx, FILE, tree, row);
          }
        }
      });
      checkTree(store, tree, [...rows]);
    }),
    { numRuns: 30 },
  );
});

test('rows that come in descending, ascending and mixed order grow the tree level by level', () => {
  for (const order of [(n: number) => 3_000 - n, (n: number) => n, (n: number) => (n * 7_919) % 3_001]) {
    const store = new MemoryStore();
    const rows = Array.from({ length: 3_000 }, (_, index) => order(index) * ROW_BYTES);
    const tree = store.run((tx) => rows.reduce((grownTree, row) => insertRow(tx, FILE, grownTree, row), NO_ROWS));
    assert.equal(tree.levels, 2);
    checkTree(store, tree, rows);
  }
});

test('a full list at every level is split', () => {
  const full = EXTENT_NODES_PER_INODE * EXTENT_NODES_PER_INDEX;
  for (const row of [1_500, full * ROW_BYTES + 1]) {
    const { store, tree } = grown([full]);
    const start = Array.from({ length: full }, (_, index) => index * ROW_BYTES);
    const inserted = store.run((tx) => insertRow(tx, FILE, tree, row));
    assert.equal(inserted.levels, 3);
    checkTree(store, inserted, [...start, row]);
  }
});

/** All rows are found, by walking and one by one, and the store has no index record that none leads to. */
function checkTree(store: MemoryStore, tree: ExtentTree, rows: readonly number[]): void {
  const sorted = [...rows].sort((a, b) => a - b);
  assert.deepEqual(from(store, tree, 0, Number.POSITIVE_INFINITY), sorted);
  for (let index = 0; index < sorted.length; index += 97) {
    const row = sorted[index] as number;
    assert.deepEqual(from(store, tree, row, 1), [row]);
    assert.deepEqual(from(store, tree, (sorted[index + 1] ?? row + 2) - 1, 1), [row]);
  }
  let left = tree;
  while (left.levels > 0) left = store.run((tx) => dropLastRows(tx, FILE, left, 1_000).tree);
  assert.equal(store.entries.size, 0);
}
