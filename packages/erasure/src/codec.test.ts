import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { EngineCodec } from './codec.js';
import { createCodec } from './create-codec.js';
import { LibraryEngine } from './library-engine.js';
import { dataShardsMax, parityShardsMax } from './limits.js';
import { SimdEngine } from './simd-engine.js';
import { referenceParity } from './testing/reference-code.js';
import { noise, without } from './testing/stripe.js';

const backends = ['simd', 'library'] as const;

/** A stripe's data, and which of its slots are lost. */
interface StripeCase {
  readonly data: Uint8Array[];
  readonly parityCount: number;
  /** Distinct slots of data and parity, at most parityCount of them, in any order. */
  readonly lost: number[];
}

/** Stripes of every shape, shard lengths 0 to `lengthMax` with at least one not empty, and any losses they survive. */
function stripeCases(lengthMax: number): fc.Arbitrary<StripeCase> {
  return fc
    .record({
      lengths: fc
        .array(fc.oneof(fc.nat(lengthMax), fc.constant(0)), { minLength: 1, maxLength: dataShardsMax, size: 'max' })
        .filter((lengths) => lengths.some((length) => length > 0)),
      parityCount: fc.integer({ min: 1, max: parityShardsMax }),
      seed: fc.integer(),
    })
    .chain(({ lengths, parityCount, seed }) =>
      fc
        .shuffledSubarray([...Array(lengths.length + parityCount).keys()], { maxLength: parityCount })
        .map((lost) => ({ data: noise(lengths, seed), parityCount, lost })),
    );
}

for (const backend of backends) {
  suite(`codec, ${backend} backend`, async () => {
    const codec = await createCodec({ backend });

    test('encodes the known answer of klauspost/reedsolomon and Backblaze (5+5, TestOneEncode)', () => {
      const data = [
        [0, 1],
        [4, 5],
        [2, 3],
        [6, 7],
        [8, 9],
      ].map((bytes) => Uint8Array.from(bytes));
      const parity = codec.encode(data, 5).map((bytes) => [...bytes]);
      assert.deepEqual(parity, [
        [12, 13],
        [10, 11],
        [14, 15],
        [90, 91],
        [94, 95],
      ]);
    });

    test('encodes every stripe as the plain matrix does', () => {
      fc.assert(
        fc.property(stripeCases(70), ({ data, parityCount }) => {
          assert.deepEqual(codec.encode(data, parityCount), referenceParity(data, parityCount));
        }),
        { numRuns: 150 },
      );
    });

    test('reconstructs any losses, data and parity, each at its own length', () => {
      fc.assert(
        fc.property(stripeCases(300), ({ data, parityCount, lost }) => {
          const shards = [...data, ...codec.encode(data, parityCount)];
          const result = codec.reconstruct({
            dataCount: data.length,
            parityCount,
            shardLengths: data.map(({ length }) => length),
            shards: without(shards, lost),
            wanted: lost,
          });
          assert.deepEqual(
            [...result],
            lost.map((slot) => [slot, shards[slot]]),
          );
        }),
        { numRuns: 200 },
      );
    });

    test('reconstructs every loss that small full stripes survive', () => {
      for (const [dataCount, parityCount] of [
        [2, 2],
        [3, 2],
        [4, 2],
        [4, 4],
        [6, 3],
      ] as const) {
        const data = noise(Array(dataCount).fill(130), dataCount);
        const shards = [...data, ...codec.encode(data, parityCount)];
        for (let losses = 0; losses < 1 << shards.length; losses++) {
          const lost = [...shards.keys()].filter((slot) => losses & (1 << slot));
          if (lost.length > parityCount) continue;
          const shardLengths = data.map(({ length }) => length);
          const request = { dataCount, parityCount, shardLengths, shards: without(shards, lost), wanted: lost };
          const expected = lost.map((slot) => [slot, shards[slot]]);
          assert.deepEqual([...codec.reconstruct(request)], expected, `rs-${dataCount}-${parityCount} without ${lost}`);
        }
      }
    });

    test('reconstructs a range from the same range of the other shards', () => {
      fc.assert(
        fc.property(stripeCases(300), fc.nat(320), fc.nat(320), ({ data, parityCount, lost }, one, other) => {
          const range = { from: Math.min(one, other), to: Math.max(one, other) };
          const cut = (shard: Uint8Array) => shard.slice(range.from, range.to);
          const shards = [...data, ...codec.encode(data, parityCount)];
          const result = codec.reconstruct({
            dataCount: data.length,
            parityCount,
            shardLengths: data.map(({ length }) => length),
            shards: without(shards.map(cut), lost),
            wanted: lost,
            range,
          });
          assert.deepEqual(
            [...result],
            lost.map((slot) => [slot, cut(shards[slot] as Uint8Array)]),
          );
        }),
        { numRuns: 200 },
      );
    });

    test('shards longer than its working memory go through in strips', () => {
      const data = noise([1_000_003, 700_000, 0, 1_000_000, 64, 999_999, 350_001, 5], 11);
      const parity = codec.encode(data, 4);
      const shards = [...data, ...parity];
      const lost = [0, 3, 5, 9];
      const result = codec.reconstruct({
        dataCount: 8,
        parityCount: 4,
        shardLengths: data.map(({ length }) => length),
        shards: without(shards, lost),
        wanted: lost,
      });
      for (const slot of lost)
        assert.ok(Buffer.from(shards[slot] as Uint8Array).equals(result.get(slot) as Uint8Array));
      // The ends of strips are wherever they are: a whole shard and pieces of it must agree.
      const from = 80_000;
      const piece = codec.encode(
        data.map((shard) => shard.subarray(from, from + 100_000)),
        4,
      );
      for (const [index, bytes] of piece.entries()) {
        assert.ok(Buffer.from(bytes).equals((parity[index] as Uint8Array).subarray(from, from + 100_000)));
      }
    });

    test('views into larger buffers are read and written in place', () => {
      const [a, b, c] = noise([100, 90, 80], 5) as [Uint8Array, Uint8Array, Uint8Array];
      const pool = Buffer.alloc(600, 0xee);
      pool.set(a, 3);
      pool.set(b, 200);
      const data = [pool.subarray(3, 103), pool.subarray(200, 290), c];
      const into = [pool.subarray(301, 401), pool.subarray(402, 502)];
      const before = pool.toString('hex');
      assert.deepEqual(codec.encode(data, 2, into), into);
      assert.deepEqual(
        into.map((bytes) => Uint8Array.from(bytes)),
        referenceParity([a, b, c], 2),
      );
      const after = pool.toString('hex');
      const parityHex = [2 * 301, 2 * 401, 2 * 402, 2 * 502] as const;
      const outside = (hex: string) =>
        hex.slice(0, parityHex[0]) + hex.slice(parityHex[1], parityHex[2]) + hex.slice(parityHex[3]);
      assert.equal(outside(after), outside(before), 'nothing beside the parity is touched');
    });

    test('a reconstruction goes straight into the buffers it is given', () => {
      const data = noise([100, 90, 0, 100], 6);
      const shards = [...data, ...codec.encode(data, 3)];
      const target = Buffer.alloc(400, 0xee);
      const into = [target.subarray(10, 100), new Uint8Array(0), target.subarray(200, 300)];
      const result = codec.reconstruct({
        dataCount: 4,
        parityCount: 3,
        shardLengths: [100, 90, 0, 100],
        shards: without(shards, [1, 2, 5]),
        wanted: [1, 2, 5],
        into,
      });
      assert.deepEqual([...result.values()], into);
      assert.deepEqual(Uint8Array.from(target.subarray(10, 100)), shards[1]);
      assert.deepEqual(Uint8Array.from(target.subarray(200, 300)), shards[5]);
    });

    test('one data shard: parity is copies', () => {
      const [data] = noise([77], 3) as [Uint8Array];
      assert.deepEqual(codec.encode([data], 3), referenceParity([data], 3));
      const into = [new Uint8Array(77), new Uint8Array(77)];
      codec.encode([data], 2, into);
      assert.deepEqual(into, [data, data]);
      const shards = [undefined, undefined, data];
      const request = { dataCount: 1, parityCount: 2, shardLengths: [77], shards, wanted: [1, 0] };
      assert.deepEqual(
        [...codec.reconstruct(request)],
        [
          [1, data],
          [0, data],
        ],
      );
    });

    test('no parity bypasses the codec', () => {
      assert.deepEqual(codec.encode(noise([5, 6], 1), 0), []);
    });

    test('nothing wanted yields nothing', () => {
      const shards = noise([4, 4, 4], 1);
      const request = { dataCount: 2, parityCount: 1, shardLengths: [4, 4], shards, wanted: [] };
      assert.equal(codec.reconstruct(request).size, 0);
    });

    test('a data shard with no bytes in the range need not be given', () => {
      const data = noise([100, 10, 40], 9);
      const [parity] = codec.encode(data, 1) as [Uint8Array];
      const result = codec.reconstruct({
        dataCount: 3,
        parityCount: 1,
        shardLengths: [100, 10, 40],
        shards: [undefined, undefined, undefined, parity.slice(50, 90)],
        wanted: [2, 0],
        range: { from: 50, to: 90 },
      });
      assert.deepEqual(
        [...result],
        [
          [2, new Uint8Array(0)],
          [0, data[0]?.slice(50, 90)],
        ],
      );
    });

    test('thousands of reconstructions on one instance (the library package frees its flags twice)', () => {
      const data = noise([48, 31, 48, 40, 1, 48], 21);
      const shards = [...data, ...codec.encode(data, 3)];
      const shardLengths = data.map(({ length }) => length);
      for (let round = 0; round < 5_000; round++) {
        const lost = [round % 9, (round + 1 + (round % 4)) % 9, (round + 6) % 9].filter(
          (slot, index, all) => all.indexOf(slot) === index,
        );
        const request = { dataCount: 6, parityCount: 3, shardLengths, shards: without(shards, lost), wanted: lost };
        for (const [slot, bytes] of codec.reconstruct(request)) {
          assert.ok(Buffer.from(bytes).equals(shards[slot] as Uint8Array), `round ${round}, slot ${slot}`);
        }
      }
    });
  });
}

test('both backends give the same bytes', async () => {
  const simd = await createCodec({ backend: 'simd' });
  const library = await createCodec({ backend: 'library' });
  fc.assert(
    fc.property(stripeCases(2_000), ({ data, parityCount, lost }) => {
      const parity = simd.encode(data, parityCount);
      assert.deepEqual(parity, library.encode(data, parityCount));
      const request = {
        dataCount: data.length,
        parityCount,
        shardLengths: data.map(({ length }) => length),
        shards: without([...data, ...parity], lost),
        wanted: lost,
      };
      assert.deepEqual(simd.reconstruct(request), library.reconstruct(request));
    }),
    { numRuns: 100 },
  );
});

// Arenas so small that the largest stripe goes through in strips of one step, smaller ones in a few steps each.
const shardsMax = dataShardsMax + parityShardsMax;
for (const engine of [new SimdEngine(64 * shardsMax), new LibraryEngine(24 * shardsMax)]) {
  const codec = new EngineCodec(engine);

  test(`strips join without a seam, ${engine.backend} engine`, () => {
    fc.assert(
      fc.property(stripeCases(700), ({ data, parityCount, lost }) => {
        const parity = codec.encode(data, parityCount);
        assert.deepEqual(parity, referenceParity(data, parityCount));
        const shards = [...data, ...parity];
        const result = codec.reconstruct({
          dataCount: data.length,
          parityCount,
          shardLengths: data.map(({ length }) => length),
          shards: without(shards, lost),
          wanted: lost,
        });
        assert.deepEqual(
          [...result],
          lost.map((slot) => [slot, shards[slot]]),
        );
      }),
      { numRuns: 40 },
    );
  });
}
