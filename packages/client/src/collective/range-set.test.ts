import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutDomains } from './domains.js';
import { RangeSet } from './range-set.js';

const SPACE = 300;
const ranges = fc.array(fc.tuple(fc.nat(SPACE - 1), fc.integer({ min: 1, max: 40 })), { maxLength: 12 });

function setOf(pairs: readonly (readonly [number, number])[]): RangeSet {
  return RangeSet.covering(
    Float64Array.from(pairs, ([start]) => start),
    Float64Array.from(pairs, ([start, length]) => start + length),
  );
}

function membersOf(pairs: readonly (readonly [number, number])[]): number[] {
  const members = new Set<number>();
  for (const [start, length] of pairs) for (let byte = start; byte < start + length; byte++) members.add(byte);
  return [...members].sort((left, right) => left - right);
}

test('a set of ranges is the set of its bytes', () => {
  fc.assert(
    fc.property(ranges, fc.nat(SPACE), fc.nat(SPACE), (pairs, from, to) => {
      const set = setOf(pairs);
      const members = membersOf(pairs);
      const listed = [...set].flatMap(({ start, end }) => Array.from({ length: end - start }, (_, at) => start + at));
      assert.deepEqual(listed, members);
      assert.equal(set.bytes, members.length);
      const inside = set.within(from, to);
      assert.equal(inside.bytes, members.filter((byte) => byte >= from && byte < to).length);
      for (const [position, byte] of members.entries()) {
        assert.equal(set.packedBefore(byte), position);
        assert.equal(set.offsetOf(position), byte);
      }
      assert.equal(set.packedBefore(from), members.filter((byte) => byte < from).length);
      assert.equal(set.offsetOf(set.bytes), set.end);
      assert.deepEqual([...RangeSet.decode(set.encode())], [...set]);
      // Runs that touch are one.
      const runs = [...set];
      for (const [index, { start }] of runs.entries()) assert.ok(index === 0 || start > (runs[index - 1]?.end ?? 0));
    }),
    { numRuns: 300 },
  );
});

test('sets together: their union, and whether they share a byte', () => {
  fc.assert(
    fc.property(fc.array(ranges, { maxLength: 4 }), (many) => {
      const sets = many.map(setOf);
      const members = many.map(membersOf);
      const union = new Set(members.flat());
      assert.equal(RangeSet.union(sets).bytes, union.size);
      assert.equal(RangeSet.areDisjoint(sets), members.flat().length === union.size);
    }),
    { numRuns: 300 },
  );
});

test('far offsets keep their bytes, malformed lists are refused', () => {
  const far = setOf([
    [2 ** 52 + 1, 7],
    [2 ** 53 - 3, 2],
  ]);
  assert.deepEqual([...RangeSet.decode(far.encode())], [...far]);
  for (const bytes of [[1], [1, 0], [128], [5, 255, 255, 255, 255, 255, 255, 255, 127], new Array(20).fill(255)]) {
    assert.throws(() => RangeSet.decode(Uint8Array.from(bytes)), { code: 'INVALID_ARGUMENT' });
  }
});

test('domains are aligned, disjoint, cover the span, and are no more than there are aggregators', () => {
  const given = fc.record({
    from: fc.nat(5_000),
    bytes: fc.integer({ min: 1, max: 20_000 }),
    alignBytes: fc.integer({ min: 1, max: 700 }),
    aggregators: fc.integer({ min: 1, max: 9 }),
    size: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(given, ({ from, bytes, ...how }) => {
      const domains = cutDomains({ from, to: from + bytes }, how);
      assert.ok(domains.length <= Math.min(how.aggregators, how.size));
      assert.equal(new Set(domains.map(({ rank }) => rank)).size, domains.length);
      let at = from;
      for (const [index, domain] of domains.entries()) {
        assert.equal(domain.from, at);
        assert.ok(domain.to > domain.from && domain.rank < how.size);
        assert.ok(index === 0 || domain.from % how.alignBytes === 0);
        at = domain.to;
      }
      assert.equal(at, from + bytes);
    }),
    { numRuns: 300 },
  );
  assert.deepEqual(cutDomains({ from: 5, to: 5 }, { alignBytes: 1, aggregators: 1, size: 1 }), []);
});
