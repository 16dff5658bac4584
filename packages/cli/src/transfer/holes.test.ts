import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutAtHoles, HOLE_BYTES } from './holes.js';

test('the parts are the piece, holes are zeros, and what is no hole has another byte in each of its blocks', () => {
  const marks = fc.array(fc.nat(5 * HOLE_BYTES - 1), { maxLength: 4 });
  fc.assert(
    fc.property(fc.nat(3 * HOLE_BYTES), fc.integer({ min: 0, max: 5 * HOLE_BYTES }), marks, (offset, length, given) => {
      const piece = new Uint8Array(length);
      for (const at of given) if (at < length) piece[at] = 1;
      let end = offset;
      let before: boolean | undefined;
      for (const part of cutAtHoles(piece, offset)) {
        assert.equal(part.offset, end);
        assert.notEqual(part.isHole, before);
        before = part.isHole;
        end += part.bytes.length;
        assert.ok(Buffer.compare(part.bytes, piece.subarray(part.offset - offset, end - offset)) === 0);
        if (part.isHole) assert.ok(part.bytes.every((byte) => byte === 0));
        for (let block = Math.ceil(part.offset / HOLE_BYTES); (block + 1) * HOLE_BYTES <= end; block++) {
          const bytes = piece.subarray(block * HOLE_BYTES - offset, (block + 1) * HOLE_BYTES - offset);
          assert.equal(
            bytes.every((byte) => byte === 0),
            part.isHole,
          );
        }
      }
      assert.equal(end, offset + length);
    }),
    { numRuns: 50 },
  );
});
