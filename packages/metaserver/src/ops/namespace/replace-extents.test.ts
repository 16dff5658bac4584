import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXTENTS_REPLACED_MAX, type Id } from '@tessera/protocol';
import fc from 'fast-check';
import type { FileExtent } from '../../records/extent.js';
import { EXTENTS_PER_ROW } from '../../records/extent-row.js';
import { EXTENTS_PER_INODE, NO_ROWS } from '../../records/inode.js';
import { MemoryStore } from '../../testing/memory-store.js';
import { rowsFrom } from './extent-tree.js';
import { type ExtentPlaces, extentsInRange, readExtentRow } from './file-extents.js';
import { endOf, type ReferenceChanges } from './overlay-extents.js';
import { replaceExtents, truncateExtents } from './replace-extents.js';

const FILE: Id = 7n;

/** A file of extents beside what each of its bytes should be: a segment and an offset in it, or nothing. */
class Model {
  readonly store = new MemoryStore();
  places: ExtentPlaces = { extents: [], extentTree: NO_ROWS };
  readonly bytes = new Map<number, string>();
  readonly references = new Map<Id, number>();
  #segments = 0n;

  /** Extents of new segments at these places, ascending and apart. */
  write(ranges: readonly { offset: number; length: number }[]): void {
    const added = ranges.map(({ offset, length }) => {
      this.#segments++;
      return { fileOffset: offset, length, segment: this.#segments, segmentOffset: 0 };
    });
    const { places, changes } = this.store.run((tx) => replaceExtents(tx, FILE, this.places, added));
    this.places = places;
    for (const { segment } of added) this.references.set(segment, 1);
    this.#count(changes);
    for (const { fileOffset, length, segment } of added) {
      for (let at = 0; at < length; at++) this.bytes.set(fileOffset + at, `${segment}:${at}`);
    }
  }

  truncate(bytes: number): number {
    const { places, changes, reached } = this.store.run((tx) => truncateExtents(tx, FILE, this.places, bytes));
    this.places = places;
    this.#count(changes);
    for (const at of [...this.bytes.keys()]) if (at >= reached) this.bytes.delete(at);
    return reached;
  }

  all(): FileExtent[] {
    const whole = { from: 0, to: Number.MAX_SAFE_INTEGER };
    return this.store.run((tx) => extentsInRange(tx, FILE, this.places, whole, Number.POSITIVE_INFINITY)).extents;
  }

  /** Bytes, references, and the order and size of every list. */
  check(): void {
    const extents = this.all();
    const found = new Map<number, string>();
    const references = new Map<Id, number>();
    let end = 0;
    for (const extent of extents) {
      assert.ok(extent.fileOffset >= end && extent.length > 0, 'extents ascend without overlap');
      end = endOf(extent);
      references.set(extent.segment, (references.get(extent.segment) ?? 0) + 1);
      for (let at = 0; at < extent.length; at++) {
        found.set(extent.fileOffset + at, `${extent.segment}:${extent.segmentOffset + at}`);
      }
    }
    assert.deepEqual(
      [...found].sort(([a], [b]) => a - b),
      [...this.bytes].sort(([a], [b]) => a - b),
    );
    assert.deepEqual(
      [...references].sort(([a], [b]) => Number(a - b)),
      [...this.references].filter(([, count]) => count !== 0).sort(([a], [b]) => Number(a - b)),
    );
    this.#checkLists();
  }

  #checkLists(): void {
    const { extents, extentTree } = this.places;
    assert.ok(extents.length <= EXTENTS_PER_INODE);
    const rows = this.store.run((tx) => [...rowsFrom(tx, FILE, extentTree, 0)]);
    let end = extents.length === 0 ? 0 : endOf(extents[extents.length - 1] as FileExtent);
    for (const [index, first] of rows.entries()) {
      const row = this.store.run((tx) => readExtentRow(tx, FILE, first));
      assert.ok(first >= end, 'a row begins after what is before it');
      assert.ok(row.length >= 1 && row.length <= EXTENTS_PER_ROW, `${row.length} extents in a row`);
      assert.ok((row[0] as FileExtent).fileOffset >= first);
      end = endOf(row[row.length - 1] as FileExtent);
      assert.ok(end <= (rows[index + 1] ?? Number.POSITIVE_INFINITY), 'a row ends before the next begins');
    }
    if (rows.length === 0) assert.equal(this.store.entries.size, 0, 'nothing is left of the tree');
  }

  #count(changes: ReferenceChanges): void {
    for (const [segment, count] of changes.entries()) {
      this.references.set(segment, (this.references.get(segment) ?? 0) + count);
    }
  }
}

/** Ranges in ascending order without overlap, out of any numbers. */
function ranged(numbers: readonly { gap: number; length: number }[], start: number) {
  let offset = start;
  return numbers.map(({ gap, length }) => {
    offset += gap + length;
    return { offset: offset - length, length };
  });
}

const few = fc.array(fc.record({ gap: fc.nat(9), length: fc.integer({ min: 1, max: 12 }) }), {
  minLength: 1,
  maxLength: 20,
});
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ start: fc.nat(1_500), ranges: few }) },
  { weight: 1, arbitrary: fc.record({ truncateTo: fc.nat(1_800) }) },
);

test('any writes and truncations leave the bytes of a model, and as many references as extents', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const model = new Model();
      for (const each of steps) {
        if ('truncateTo' in each) assert.equal(model.truncate(each.truncateTo), each.truncateTo);
        else model.write(ranged(each.ranges, each.start));
      }
      model.check();
    }),
    { numRuns: 150 },
  );
});

test('a file of thousands of extents is overwritten in its middle, its front and in scattered pieces', () => {
  const model = new Model();
  // From the back to the front: every row is split, and begun before all others, many times.
  for (let start = 36_000; start >= 0; start -= 2_000) {
    model.write(Array.from({ length: 500 }, (_, index) => ({ offset: start + index * 4, length: 3 })));
  }
  model.check();
  assert.ok(model.places.extentTree.levels >= 2, `${model.places.extentTree.levels} levels`);
  model.write(Array.from({ length: 900 }, (_, index) => ({ offset: 5 + index * 41, length: 2 })));
  model.check();
  model.write([{ offset: 10_001, length: 2_000 }]);
  model.write([{ offset: 0, length: 1 }]);
  model.check();
  // Growing at the end goes on as before.
  model.write(Array.from({ length: 1_000 }, (_, index) => ({ offset: 50_000 + index, length: 1 })));
  model.check();
});

test('a write that covers too much at once is refused whole; a truncation goes as far as one commit takes', () => {
  const model = new Model();
  for (let start = 0; start < 5_000; start += 1_000) {
    model.write(Array.from({ length: 1_000 }, (_, index) => ({ offset: start + index, length: 1 })));
  }
  assert.throws(() => model.write([{ offset: 100, length: EXTENTS_REPLACED_MAX + 1 }]), {
    code: 'TOO_LARGE',
    message: /covers or cuts 1001 extents/,
  });
  model.write([{ offset: 100, length: EXTENTS_REPLACED_MAX }]);
  const lengths: number[] = [];
  for (let reached = Number.POSITIVE_INFINITY; reached > 7; lengths.push(reached)) reached = model.truncate(7);
  model.check();
  assert.equal(lengths.at(-1), 7);
  assert.ok(lengths.length >= 4 && lengths.length <= 8, `${lengths}`);
  model.truncate(0);
  model.check();
  assert.equal(model.store.entries.size, 0);
});

test('neighbours that were parted are one extent again when they meet in one list', () => {
  const model = new Model();
  model.write([{ offset: 0, length: 100 }]);
  model.write([{ offset: 40, length: 10 }]);
  assert.equal(model.all().length, 3);
  assert.equal(model.references.get(1n), 2);
  model.write([{ offset: 0, length: 100 }]);
  assert.deepEqual(model.all(), [{ fileOffset: 0, length: 100, segment: 3n, segmentOffset: 0 }]);
  model.check();
});
