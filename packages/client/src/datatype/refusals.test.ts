import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bytes,
  contiguous,
  DATATYPE_DEPTH_MAX,
  type Datatype,
  hindexed,
  hindexedBlock,
  hvector,
  indexed,
  indexedBlock,
  resized,
  struct,
  subarray,
  vector,
  view,
} from './index.js';

function refused(make: () => unknown, message: RegExp): void {
  assert.throws(make, { name: 'TesseraError', code: 'INVALID_ARGUMENT', message });
}

const BYTES_MAX = Number.MAX_SAFE_INTEGER;

test('counts below 0, fractions and numbers that are none are refused by name', () => {
  refused(() => bytes(-1), /^bytes: count is -1; a whole number from 0/);
  refused(() => bytes(Number.NaN), /count is NaN/);
  refused(() => contiguous(1.5, bytes(1)), /^contiguous: count is 1.5/);
  refused(() => vector(-1, 1, 1, bytes(1)), /^vector: count is -1/);
  refused(() => vector(1, -1, 1, bytes(1)), /blockLength is -1/);
  refused(() => vector(1, 1, 0.5, bytes(1)), /stride is 0.5/);
  refused(() => hvector(1, 1, Number.POSITIVE_INFINITY, bytes(1)), /^hvector: strideBytes is Infinity/);
  refused(() => indexed([1, -2], [0, 1], bytes(1)), /^indexed: the length of block 1 is -2/);
  refused(() => hindexed([1], [2 ** 53], bytes(1)), /^hindexed: the displacement of block 0 is 9007199254740992/);
  refused(() => indexedBlock(-1, [0], bytes(1)), /^indexedBlock: the length of block 0 is -1/);
  refused(() => hindexedBlock(1, [Number.NaN], bytes(1)), /^hindexedBlock: the displacement of block 0 is NaN/);
  refused(() => struct([{ type: bytes(1), offset: 0, count: -1 }]), /^struct: the count of field 0 is -1/);
  refused(() => struct([{ type: bytes(1), offset: 0.1 }]), /the offset of field 0 is 0.1/);
  refused(() => resized(bytes(1), 0, -8), /^resized: extent is -8/);
  refused(() => view(bytes(1), -1), /^view: displacement is -1/);
});

test('lists that do not belong together are refused', () => {
  refused(() => indexed([1, 2], [0], bytes(1)), /2 block lengths but 1 displacements/);
  refused(() => subarray({ sizes: [], subsizes: [], starts: [] }, bytes(1)), /0, 0 and 0 dimensions/);
  refused(() => subarray({ sizes: [4], subsizes: [1, 1], starts: [0] }, bytes(1)), /1, 2 and 1 dimensions/);
  refused(() => subarray({ sizes: [4, 4], subsizes: [1, 3], starts: [0, 2] }, bytes(1)), /dimension 1 has 4 elements/);
});

test('something else than a datatype is refused', () => {
  refused(() => contiguous(1, { size: 4 } as Datatype), /type is no datatype/);
  refused(() => struct([{ type: undefined as unknown as Datatype, offset: 0 }]), /the type of field 0 is no datatype/);
});

test('what does not fit into 2^53 − 1 is refused, not rounded', () => {
  assert.equal(bytes(BYTES_MAX).size, BYTES_MAX);
  const past = /past 2\^53 − 1/;
  refused(() => contiguous(2, bytes(2 ** 52)), past);
  refused(() => vector(3, 1, 2 ** 52, bytes(1)), past);
  refused(() => vector(2, 1, 2 ** 52, bytes(2)), past);
  refused(() => hvector(2, 1, BYTES_MAX, bytes(1)), past);
  refused(() => hindexed([2], [BYTES_MAX - 1], bytes(1)), past);
  refused(() => hindexed([1, 1], [0, BYTES_MAX], bytes(1)), past);
  refused(() => struct([{ type: bytes(10), offset: BYTES_MAX - 9 }]), past);
  refused(() => subarray({ sizes: [2 ** 27, 2 ** 27], subsizes: [1, 1], starts: [0, 0] }, bytes(1)), past);
  refused(() => resized(bytes(1), BYTES_MAX, 1), past);
  // The data fits, but from its lowest to its highest byte it is too far.
  refused(() => hindexed([1, 1], [-BYTES_MAX, BYTES_MAX - 1], bytes(1)), past);
  // Both bytes fit, but not the sum of what leads to them.
  refused(() => hvector(2, 1, 3 * 2 ** 51, hindexed([1], [-3 * 2 ** 51], bytes(1))), past);
  // Copies that lie on each other have more bytes in all than places.
  refused(() => hvector(2 ** 52, 1, 0, bytes(4)), past);
  assert.equal(hindexed([1], [BYTES_MAX - 1], bytes(1)).trueUpperBound, BYTES_MAX);
});

test('nesting has an end', () => {
  const deeper = (type: Datatype) =>
    struct([
      { type, offset: 0 },
      { type: bytes(1), offset: 3 },
    ]);
  let type = hvector(2, 1, 2, bytes(1));
  for (let depth = 2; depth < DATATYPE_DEPTH_MAX; depth++) type = deeper(type);
  assert.equal(type.size, DATATYPE_DEPTH_MAX);
  refused(() => deeper(type), /nested deeper than 64; use indexed or struct/);
});
