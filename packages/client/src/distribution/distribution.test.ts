import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  contiguousLength,
  type Distribution,
  type DistributionSpec,
  distribute,
  logicalBytes,
  nextMappedOffset,
} from './index.js';
import { caseFrom, deal } from './testing/dealt.js';

const anyCase = fc.uint8Array({ minLength: 30, maxLength: 30 }).map(caseFrom);

const FILE_BYTES = 400;
const BYTES_MAX = Number.MAX_SAFE_INTEGER;

test('every byte lies where dealing them out one by one puts it, and is found back from there', () => {
  fc.assert(
    fc.property(anyCase, ({ spec, base }) => {
      const distribution = distribute(spec, base);
      for (const [offset, { server, physicalOffset, length }] of deal(spec, base, FILE_BYTES).entries()) {
        const place = distribution.locate(offset);
        assert.deepEqual([place.server, place.physicalOffset], [server, physicalOffset]);
        if (spec.name !== 'basic') assert.equal(place.length, length);
        assert.equal(distribution.logicalOffset(server, physicalOffset), offset);
        assert.equal(contiguousLength(distribution, server, physicalOffset), place.length);
      }
    }),
  );
});

test('the next byte on a server, and how much it holds of a file of any length', () => {
  fc.assert(
    fc.property(anyCase, fc.nat({ max: 200 }), ({ spec, base }, offset) => {
      const distribution = distribute(spec, base);
      const dealt = deal(spec, base, FILE_BYTES);
      for (let server = 0; server < distribution.servers; server++) {
        const before = dealt.slice(0, offset).filter((byte) => byte.server === server);
        assert.equal(distribution.physicalBytes(server, offset), before.length);
        const next = dealt.findIndex((byte, at) => at >= offset && byte.server === server);
        if (next >= 0) assert.equal(nextMappedOffset(distribution, server, offset), next);
      }
    }),
  );
});

test('the length of a file follows from what its servers hold', () => {
  fc.assert(
    fc.property(anyCase, fc.nat({ max: 300 }), ({ spec, base }, bytes) => {
      const distribution = distribute(spec, base);
      const held = Array.from({ length: distribution.servers }, (_, server) =>
        distribution.physicalBytes(server, bytes),
      );
      assert.equal(logicalBytes(distribution, held), bytes);
    }),
  );
});

test('up to the last byte that a file can have, there and back', () => {
  const sizes = fc.integer({ min: 1, max: 2 ** 30 });
  fc.assert(
    fc.property(anyCase, sizes, fc.maxSafeNat(), ({ spec, base }, stripBytes, back) => {
      const distribution = distribute(
        spec.name === 'basic' || spec.name === 'varstrip' ? spec : { ...spec, stripBytes },
        base,
      );
      for (const offset of [BYTES_MAX - back, BYTES_MAX]) {
        const { server, physicalOffset } = distribution.locate(offset);
        assert.equal(distribution.logicalOffset(server, physicalOffset), offset);
        assert.equal(distribution.physicalBytes(server, offset), physicalOffset);
      }
    }),
  );
});

function places(distribution: Distribution, offsets: readonly number[]): [number, number][] {
  return offsets.map((offset) => {
    const { server, physicalOffset } = distribution.locate(offset);
    return [server, physicalOffset];
  });
}

const K = 1024;

test('simple_stripe: 64 KiB strips over four servers', () => {
  const distribution = distribute({ name: 'simple_stripe', stripBytes: 64 * K }, { servers: 4, segmentBytes: K });
  assert.deepEqual(places(distribution, [0, 64 * K - 1, 64 * K, 255 * K, 256 * K, 256 * K + 5]), [
    [0, 0],
    [0, 64 * K - 1],
    [1, 0],
    [3, 63 * K],
    [0, 64 * K],
    [0, 64 * K + 5],
  ]);
  assert.equal(nextMappedOffset(distribution, 2, 200 * K), (256 + 128) * K);
  assert.deepEqual(
    [0, 1, 2, 3].map((server) => distribution.physicalBytes(server, 96 * K)),
    [64 * K, 32 * K, 0, 0],
  );
});

test('twod_stripe: five servers in two groups, the last has the odd one', () => {
  const spec: DistributionSpec = { name: 'twod_stripe', groups: 2, factor: 2 };
  const distribution = distribute(spec, { servers: 5, segmentBytes: 10 });
  const strips = Array.from({ length: 12 }, (_, strip) => strip * 10);
  assert.deepEqual(
    places(distribution, strips).map(([server]) => server),
    [0, 1, 0, 1, 2, 3, 4, 2, 3, 4, 0, 1],
  );
  assert.deepEqual(places(distribution, [70, 100, 105]), [
    [2, 10],
    [0, 20],
    [0, 25],
  ]);
});

test('varstrip: a server may come twice in a round', () => {
  const strips = [
    { server: 0, bytes: 32 * K },
    { server: 1, bytes: K },
    { server: 0, bytes: 3 },
  ];
  const distribution = distribute({ name: 'varstrip', strips }, { servers: 8, segmentBytes: K });
  assert.equal(distribution.servers, 2);
  assert.deepEqual(places(distribution, [32 * K, 33 * K + 2, 33 * K + 3]), [
    [1, 0],
    [0, 32 * K + 2],
    [0, 32 * K + 3],
  ]);
  assert.deepEqual(distribution.locate(33 * K + 3), { server: 0, physicalOffset: 32 * K + 3, length: 32 * K });
});

test('what there is not is refused', () => {
  const refused = (call: () => unknown, message: RegExp) =>
    assert.throws(call, { name: 'TesseraError', code: 'INVALID_ARGUMENT', message });
  const specs: DistributionSpec[] = [
    { name: 'basic' },
    { name: 'simple_stripe' },
    { name: 'varstrip', strips: [{ server: 0, bytes: 1 }] },
  ];
  for (const spec of specs) {
    const distribution = distribute(spec, { servers: 2, segmentBytes: K });
    const { servers } = distribution;
    refused(() => distribution.locate(-1), /offset is -1/);
    refused(() => distribution.locate(2 ** 53), /offset is 9007199254740992/);
    refused(() => distribution.logicalOffset(servers, 0), /server is [12]; this \w+ has servers 0/);
    refused(() => distribution.logicalOffset(-1, 0), /server is -1/);
    refused(() => distribution.logicalOffset(0, 0.5), /physicalOffset is 0.5/);
    refused(() => distribution.physicalBytes(servers, 0), /server is/);
    refused(() => distribution.physicalBytes(0, Number.NaN), /logicalBytes is NaN/);
    refused(() => logicalBytes(distribution, [-1]), /physicalBytes is -1/);
  }
  const two = distribute({ name: 'simple_stripe' }, { servers: 2, segmentBytes: K });
  refused(() => two.logicalOffset(1, BYTES_MAX), /the longest file ends at 2\^53 − 1/);
  refused(() => nextMappedOffset(two, 0, BYTES_MAX), /holds nothing there/);
  refused(() => distribute({ name: 'basic' }, { servers: 0, segmentBytes: 1 }), /servers is 0; 1..1024/);
  refused(() => distribute({ name: 'basic' }, { servers: 1, segmentBytes: 0 }), /segmentBytes is 0/);
});

test('more servers than there are is a layout that cannot be satisfied, and says what to change', () => {
  const refused = (spec: DistributionSpec, message: RegExp) =>
    assert.throws(() => distribute(spec, { servers: 2, segmentBytes: K }), { code: 'LAYOUT_UNSATISFIABLE', message });
  refused(
    { name: 'twod_stripe', groups: 3, factor: 1 },
    /num_groups needs 3 groups, but .* 2 servers; change num_groups/,
  );
  const strips = [0, 1, 2].map((server) => ({ server, bytes: 1 }));
  refused({ name: 'varstrip', strips }, /strips needs 3 servers/);
});
