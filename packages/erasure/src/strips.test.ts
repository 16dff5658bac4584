import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EngineCodec } from './codec.js';
import { LibraryEngine } from './library-engine.js';
import { dataShardsMax, parityShardsMax } from './limits.js';
import { SimdEngine } from './simd-engine.js';
import { referenceParity } from './testing/reference-code.js';
import { stripeCases, without } from './testing/stripe.js';

const shardsMax = dataShardsMax + parityShardsMax;

// Arenas so small that the largest stripe goes through in strips of one step, smaller ones in a few steps each.
const engines = [new SimdEngine(64 * shardsMax), new LibraryEngine(24 * shardsMax)];

for (const engine of engines) {
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
