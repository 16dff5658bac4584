import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeId, toSafeNumber } from '@tessera/protocol';
import fc from 'fast-check';
import { cutContent, decodeStaged, encodeStaged, joined } from './staged-body.js';

/** Stripes of two segments; each segment has as many extents as are given for it. */
function contentOf(counts: readonly number[]) {
  const stripeOf = (segment: number) => encodeId(BigInt(1 + (segment >>> 1)));
  const extents = counts
    .flatMap((count, segment) => Array.from({ length: count }, (_, index) => ({ segment, index })))
    .map(({ segment, index }, number) => ({
      fileOffset: number * 20,
      length: 10,
      pg: 1,
      stripe: stripeOf(segment),
      slot: segment % 2,
      segmentOffset: index * 10,
    }));
  const names = new Set(counts.map((_, segment) => segment >>> 1));
  return { extents, stripes: [...names].map((_, index) => ({ pg: 1, stripe: stripeOf(2 * index), dataCount: 2 })) };
}

test('content is cut between segments, each part has the stripes that it needs and no other', () => {
  const counts = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(counts, fc.integer({ min: 1, max: 12 }), (given, extentsMax) => {
      const content = contentOf(given);
      const parts = [...cutContent(content, extentsMax)];
      assert.deepEqual(joined(parts).extents, content.extents);
      const seen = new Set<string>();
      for (const { extents, stripes } of parts) {
        const segments = new Set(extents.map(({ stripe, slot }) => `${stripe} ${slot}`));
        assert.ok(extents.length <= extentsMax || segments.size === 1);
        for (const segment of segments) {
          assert.ok(!seen.has(segment), 'a segment is cut');
          seen.add(segment);
        }
        const wanted = new Set(extents.map(({ stripe }) => `${stripe}`));
        assert.deepEqual(new Set(stripes.map(({ stripe }) => `${stripe}`)), wanted);
        assert.equal(stripes.length, wanted.size);
      }
    }),
  );
});

test('staged content travels as it is; other bytes are none', () => {
  const content = contentOf([1, 3]);
  const { extents, stripes } = decodeStaged(encodeStaged(content)) ?? assert.fail();
  assert.deepEqual(
    extents.map(({ fileOffset, segmentOffset }) => [toSafeNumber(fileOffset), segmentOffset]),
    content.extents.map(({ fileOffset, segmentOffset }) => [fileOffset, segmentOffset]),
  );
  assert.equal(stripes.length, 1);
  assert.equal(decodeStaged(Uint8Array.of(255, 255, 255)), undefined);
});
