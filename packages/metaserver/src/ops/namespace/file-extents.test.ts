import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Id } from '@tessera/protocol';
import fc from 'fast-check';
import type { FileExtent } from '../../records/extent.js';
import { encodeExtentIndex } from '../../records/extent-index.js';
import { EXTENTS_PER_ROW, encodeExtentRow } from '../../records/extent-row.js';
import { EXTENTS_PER_INODE, NO_ROWS } from '../../records/inode.js';
import { extentIndexKey, extentRowKey } from '../../records/keys.js';
import { MemoryStore } from '../../testing/memory-store.js';
import { dropLastRows } from './extent-tree.js';
import { appendExtents, type ExtentPlaces, extentsInRange, readExtentRow } from './file-extents.js';

const FILE: Id = 7n;
const NOTHING: ExtentPlaces = { extents: [], extentTree: NO_ROWS };

/** Lengths of gaps and extents, in turn. */
const runs = (maxLength: number) =>
  fc.array(fc.record({ gap: fc.constantFrom(0, 0, 0, 1, 500), length: fc.integer({ min: 1, max: 100 }) }), {
    maxLength,
  });

/** Some numbers, used over and over: sizes of rows and of index lists. */
const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 });

function extentsOf(parts: readonly { gap: number; length: number }[], start = 0): FileExtent[] {
  let offset = start;
  return parts.map(({ gap, length }, index) => {
    offset += gap + length;
    return { fileOffset: offset - length, length, segment: BigInt(index + 1), segmentOffset: 0 };
  });
}

function endOf(extents: readonly FileExtent[]): number {
  const last = extents[extents.length - 1];
  return last === undefined ? 0 : last.fileOffset + last.length;
}

/** What a range of the file must resolve to. */
function modelRange(all: readonly FileExtent[], from: number, to: number, limit: number) {
  const inside = all.filter(({ fileOffset, length }) => fileOffset < to && fileOffset + length > from);
  return { extents: inside.slice(0, limit), nextOffset: inside[limit]?.fileOffset ?? 0 };
}

function checkRanges(
  store: MemoryStore,
  places: ExtentPlaces,
  all: readonly FileExtent[],
  ranges: readonly [number, number, number][],
): void {
  const end = endOf(all) + 50;
  for (const [a, b, limit] of [...ranges, [0, end, all.length] as const]) {
    const from = a % end;
    const to = from + 1 + (b % end);
    const found = store.run((tx) => extentsInRange(tx, FILE, places, { from, to }, limit));
    assert.deepEqual(found, modelRange(all, from, to, limit));
  }
}

const ranges = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 100 })), { minLength: 3, maxLength: 6 });

test('extents appended in any pieces read back by range, and go row by row from the end', () => {
  fc.assert(
    fc.property(fc.array(runs(200), { maxLength: 8 }), ranges, (pieces, asked) => {
      const store = new MemoryStore();
      let places = NOTHING;
      const all: FileExtent[] = [];
      for (const piece of pieces) {
        const added = extentsOf(piece, endOf(all));
        all.push(...added);
        places = store.run((tx) => appendExtents(tx, FILE, places, added));
      }
      assert.equal(places.extents.length, Math.min(all.length, EXTENTS_PER_INODE));
      checkRanges(store, places, all, asked);
      while (places.extentTree.levels > 0) {
        const { tree, dropped } = store.run((tx) => dropLastRows(tx, FILE, places.extentTree, 2));
        for (const row of dropped) {
          all.length -= store.run((tx) => readExtentRow(tx, FILE, row)).length;
          store.run((tx) => tx.delete(extentRowKey(FILE, row)));
        }
        places = { ...places, extentTree: tree };
        checkRanges(store, places, all, asked);
      }
      assert.equal(all.length, places.extents.length);
      assert.equal(store.entries.size, 0);
    }),
    { numRuns: 60 },
  );
});

test('readers and appends rely on no row or index record being full: splits may have left them as they are', () => {
  const shapes = fc.record({ inInode: fc.nat(EXTENTS_PER_INODE), rows: sizes, lists: sizes, before: fc.nat(9) });
  fc.assert(
    fc.property(runs(150), runs(150), shapes, ranges, (parts, more, shape, asked) => {
      const store = new MemoryStore();
      const all = extentsOf(parts, 10);
      let places = plant(store, all, shape);
      checkRanges(store, places, all, asked);
      const added = extentsOf(more, endOf(all));
      places = store.run((tx) => appendExtents(tx, FILE, places, added));
      checkRanges(store, places, [...all, ...added], asked);
    }),
    { numRuns: 150 },
  );
});

/**
 * Writes extents into rows, and rows into index records, of the sizes given, until one list is left. A row is for what
 * lies up to `before` bytes in front of its first extent, as far as that is free.
 */
function plant(
  store: MemoryStore,
  all: readonly FileExtent[],
  shape: { inInode: number; rows: readonly number[]; lists: readonly number[]; before: number },
): ExtentPlaces {
  const extents = all.slice(0, shape.inInode);
  let free = endOf(extents);
  let nodes: number[] = [];
  let levels = 0;
  store.run((tx) => {
    nodes = [];
    free = endOf(extents);
    for (const row of cut(all.slice(shape.inInode), shape.rows)) {
      const first = Math.max(free, (row[0] as FileExtent).fileOffset - shape.before);
      tx.insert(extentRowKey(FILE, first), encodeExtentRow(tx, row));
      nodes.push(first);
      free = endOf(row);
    }
    levels = nodes.length === 0 ? 0 : 1;
    for (; nodes.length > 6; levels++) {
      nodes = cut(nodes, shape.lists.some((size) => size > 1) ? shape.lists : [2]).map((list) => {
        const first = list[0] as number;
        tx.insert(extentIndexKey(FILE, levels, first), encodeExtentIndex(tx, list));
        return first;
      });
    }
  });
  return { extents, extentTree: { levels, nodes } };
}

function cut<T>(items: readonly T[], counts: readonly number[]): T[][] {
  const parts: T[][] = [];
  let start = 0;
  while (start < items.length) {
    const count = counts[parts.length % counts.length] as number;
    parts.push(items.slice(start, start + count));
    start += count;
  }
  return parts;
}

test('a range of a file of 40,000 extents needs a handful of records', () => {
  const store = new MemoryStore();
  const all = extentsOf(Array.from({ length: 40_000 }, () => ({ gap: 0, length: 100 })));
  let places = NOTHING;
  for (let start = 0; start < all.length; start += 1_000) {
    places = store.run((tx) => appendExtents(tx, FILE, places, all.slice(start, start + 1_000)));
  }
  assert.equal(places.extentTree.levels, 2);
  for (const index of [0, 15, 16, 79, 80, 20_000, 39_900, 39_999]) {
    const reads = new Set<string>();
    const found = store.run((tx) => {
      const get = (key: Uint8Array) => {
        reads.add(String(key));
        return tx.get(key);
      };
      const counted = { ...tx, get };
      return extentsInRange(counted, FILE, places, { from: index * 100 + 50, to: index * 100 + 250 }, 100);
    });
    assert.deepEqual(found.extents, all.slice(index, index + 3));
    assert.ok(reads.size <= 4, `${reads.size} records`);
  }
  const long = store.run((tx) => extentsInRange(tx, FILE, places, { from: 1_000_050, to: 4_000_000 }, 1_000));
  assert.deepEqual(long.extents, all.slice(10_000, 11_000));
  assert.equal(long.nextOffset, 1_100_000);
});

test('a missing row is corruption', () => {
  const store = new MemoryStore();
  const all = extentsOf(Array.from({ length: EXTENTS_PER_INODE + EXTENTS_PER_ROW }, () => ({ gap: 0, length: 100 })));
  const places = store.run((tx) => appendExtents(tx, FILE, NOTHING, all));
  store.run((tx) => tx.delete(extentRowKey(FILE, EXTENTS_PER_INODE * 100)));
  assert.throws(() => store.run((tx) => extentsInRange(tx, FILE, places, { from: 0, to: 10_000 }, 100)), {
    code: 'CORRUPT',
    message: /row from offset 1600 of inode 0000000000000007 is missing/,
  });
});
